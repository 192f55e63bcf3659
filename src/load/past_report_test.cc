#include "load/past_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::string_view kTimes = R"({"p50":0.01,"p90":0.02,"p99":0.03,"p999":0.04,"max":0.05})";

std::string Report(std::string_view version, std::string_view more) {
  std::string text = R"({"version":)" + std::string(version) +
                     R"(,"offered":9,"late_starts":1,"ok":7,"good":5,"wrong_vectors":1,
    "verdicts":{"ok":7,"resource_exhausted":1,"internal":1},"goodput_per_second":2.5,
    "texts_per_second":5,"tokens_per_second":50,"valid":true)";
  for (const char* key : {"latency_seconds", "service_seconds", "refusal_seconds"}) {
    text.append(",\"").append(key).append("\":").append(kTimes);
  }
  return text + "," + std::string(more) + "}";
}

TEST(PastReport, OfVersionOneHasFiguresAndGoodAnswersByTheSecond) {
  const Result<PastReport> report = ReadPastReport(Report("1", R"("per_second":[3,2,1])"), "a");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->figures.offered, 9u);
  EXPECT_EQ(report->figures.ok, 7u);
  EXPECT_EQ(report->figures.late, 1u);
  EXPECT_EQ(report->figures.refused, 1u);
  EXPECT_EQ(report->figures.failed, 1u);
  EXPECT_DOUBLE_EQ(report->figures.latency.p99, 0.03);
  EXPECT_THAT(report->seconds, ElementsAre(Pair("rate", ElementsAre(3, 2))));
  EXPECT_FALSE(HasFigure(*FindFigure("p95"), report->figures));
  EXPECT_TRUE(report->run.empty());
}

TEST(PastReport, OfVersionTwoHasRowsAndHowItWasMade) {
  const std::string row =
      R"({"offered":4,"sent":4,"ok":3,"good":3,"late":0,"refused":1,"failed":0,"cancelled":0,)"
      R"("texts":6,"latency_seconds":)" +
      std::string(kTimes) + "}";
  const std::string empty =
      R"({"offered":0,"sent":0,"ok":0,"good":0,"late":0,"refused":0,"failed":0,"cancelled":0,)"
      R"("texts":0})";
  const std::string more =
      R"("late":2,"refused":1,"failed":0,"cancelled":1,"duration_seconds":2.5,"per_second":[)" +
      row + "," + empty + "," + row + "," + row + R"(],"run":{"target":"t","seed":3,)" +
      R"("options":{"rate":"10","target":"u"}})";
  const Result<PastReport> report = ReadPastReport(Report("2", more), "a");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->figures.late, 2u);
  EXPECT_EQ(report->figures.failed, 0u);
  EXPECT_EQ(report->figures.cancelled, 1u);
  EXPECT_THAT(report->seconds.at("rate"), ElementsAre(3, 0));
  EXPECT_THAT(report->seconds.at("goodput"), ElementsAre(0.75));
  EXPECT_THAT(report->seconds.at("errors"), ElementsAre(0.25));
  EXPECT_THAT(report->seconds.at("p99"), ElementsAre(0.03));
  EXPECT_THAT(report->run, ElementsAre(Pair("rate", "10"), Pair("seed", "3"), Pair("target", "t")));
}

TEST(PastReport, ThatIsNoneSaysWhy) {
  const auto refusal = [](const std::string& text) {
    return ReadPastReport(text, "a.json").status().message();
  };
  EXPECT_THAT(refusal("nothing"), HasSubstr("a.json"));
  EXPECT_THAT(refusal("{}"), HasSubstr("version"));
  EXPECT_THAT(refusal(R"({"version":3})"), HasSubstr("version 3, accepted 1 and 2"));
  EXPECT_THAT(refusal(Report("1", R"("x":1)")), HasSubstr("per_second"));
}

}  // namespace
}  // namespace shoal
