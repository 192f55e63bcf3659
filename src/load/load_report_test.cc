#include "load/load_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

LoadSample Answered(milliseconds intended, milliseconds sent, milliseconds answered) {
  return {.intended = intended, .sent = sent, .answered = answered, .tokens = 10, .texts = 3};
}

TEST(LoadReport, PercentilesAreOfTheNearestRank) {
  std::vector<microseconds> times;
  for (int i = 1000; i >= 1; --i) times.emplace_back(i * 1000);
  const Percentiles found = PercentilesOf(times);
  EXPECT_DOUBLE_EQ(found.p50, 0.5);
  EXPECT_DOUBLE_EQ(found.p99, 0.99);
  EXPECT_DOUBLE_EQ(found.p999, 0.999);
  EXPECT_DOUBLE_EQ(found.max, 1.0);
  times.clear();
  EXPECT_EQ(PercentilesOf(times).max, 0);
}

TEST(LoadReport, GoodIsOkAndRightAndInTimeFromTheIntendedStart) {
  LoadSample wrong = Answered(milliseconds(0), milliseconds(0), milliseconds(10));
  wrong.wrong = true;
  LoadSample refused = Answered(milliseconds(0), milliseconds(0), milliseconds(1));
  refused.code = StatusCode::kResourceExhausted;
  const LoadReport report = Summarise(
      {Answered(milliseconds(0), milliseconds(0), milliseconds(90)),
       Answered(milliseconds(0), milliseconds(50),
                milliseconds(120)),  // late from its intended start
       Answered(milliseconds(1990), milliseconds(1990), milliseconds(2050)),  // after the duration
       wrong, refused},
      {.duration = seconds(2), .deadline = milliseconds(100), .offered = 6});
  EXPECT_EQ(report.offered, 6u);
  EXPECT_EQ(report.sent, 5u);
  EXPECT_EQ(report.ok, 4u);
  EXPECT_EQ(report.good, 2u);
  EXPECT_EQ(report.wrong_vectors, 1u);
  EXPECT_EQ(report.late_starts, 1u);
  EXPECT_FALSE(report.valid);
  EXPECT_DOUBLE_EQ(report.goodput_per_second, 0.5);
  EXPECT_DOUBLE_EQ(report.texts_per_second, 1.5);
  EXPECT_DOUBLE_EQ(report.tokens_per_second, 5);
  EXPECT_DOUBLE_EQ(report.latency.max, 0.12);
  EXPECT_DOUBLE_EQ(report.service.max, 0.09);
  EXPECT_DOUBLE_EQ(report.refusal.max, 0.001);
  EXPECT_THAT(report.per_second, testing::ElementsAre(1, 0));
  EXPECT_THAT(report.verdicts,
              testing::ElementsAre(testing::Pair("ok", 4), testing::Pair("resource_exhausted", 1)));
}

TEST(LoadReport, CountsAttemptsAndWhatTheGeneratorGaveUp) {
  LoadSample again = Answered(milliseconds(0), milliseconds(0), milliseconds(30));
  again.attempts = 3;
  again.validated = true;
  LoadSample given_up = Answered(milliseconds(0), milliseconds(0), milliseconds(1));
  given_up.code = StatusCode::kCancelled;
  given_up.cancelled = true;
  const LoadReport report = Summarise({again, given_up}, {.duration = seconds(1), .offered = 2});
  EXPECT_EQ(report.attempts, 4u);
  EXPECT_EQ(report.retries, 2u);
  EXPECT_EQ(report.cancelled, 1u);
  EXPECT_EQ(report.validated, 1u);
  EXPECT_EQ(report.good, 1u);
}

TEST(LoadReport, PrintsItselfAsJson) {
  const LoadReport report = Summarise({Answered(milliseconds(0), milliseconds(0), milliseconds(5))},
                                      {.duration = seconds(1), .offered = 1});
  EXPECT_THAT(report.Json(),
              testing::AllOf(testing::StartsWith("{\"version\":1,\"offered\":1,"),
                             testing::HasSubstr("\"verdicts\":{\"ok\":1}"),
                             testing::HasSubstr("\"latency_seconds\":{\"p50\":0.005,"),
                             testing::EndsWith("\"per_second\":[1]}\n")));
}

}  // namespace
}  // namespace shoal
