// What the gates judge by: reports, quantiles, and the texts that they cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/gate.h"
#include "bench/golden.h"
#include "bench/statistics.h"
#include "json/value.h"

namespace shoal {
namespace {

GateRow Row(GateVerdict verdict) {
  return {.gate = "forward",
          .table = "avx2",
          .precision = "fp32",
          .measured = "85.0 % of peak",
          .bar = ">= 80 %",
          .verdict = verdict,
          .note = "a \"note\"",
          .figures = {{"share", 0.85}}};
}

TEST(GateReport, FailsOnlyWhenSomethingThatIsDemandedFellShort) {
  GateReport report;
  report.rows = {Row(GateVerdict::kPass), Row(GateVerdict::kAim), Row(GateVerdict::kNotJudged)};
  EXPECT_TRUE(report.passed());
  report.rows.push_back(Row(GateVerdict::kShort));
  EXPECT_FALSE(report.passed());
  EXPECT_THAT(report.ToText(), testing::HasSubstr("gates: SHORT"));
}

TEST(GateReport, NamesWhatDidNotRun) {
  GateReport report;
  report.not_run = {"avx512: this CPU or this build lacks the table"};
  EXPECT_THAT(report.ToText(), testing::HasSubstr("not run: avx512: this CPU"));
}

TEST(GateReport, IsJsonWithTheFiguresOfEveryRow) {
  GateReport report;
  report.rows = {Row(GateVerdict::kShort)};
  const Result<JsonValue> json = ParseJson(report.ToJson());
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_FALSE(json->GetBool("passed").value());
  const JsonValue row = json->Get("gates")->Elements()->front();
  EXPECT_EQ(row.GetString("note").value(), "a \"note\"");
  EXPECT_EQ(row.Get("figures")->GetDouble("share").value(), 0.85);
}

TEST(Gate, ABarThatIsJustReachedIsPassed) {
  EXPECT_EQ(AtLeast(0.92, 0.92), GateVerdict::kPass);
  EXPECT_EQ(AtLeast(0.91, 0.92), GateVerdict::kShort);
  EXPECT_EQ(AtLeast(0.91, 0.92, GateVerdict::kAim), GateVerdict::kAim);
}

TEST(Statistics, TheFastDecileOfTimesIsTheHighestRate) {
  Samples samples;
  for (int i = 1; i <= 20; ++i) samples.Add({.wall = i * 2e-3, .cpu = i * 1e-3}, 6);
  const Summary rate = samples.CpuRate();
  EXPECT_DOUBLE_EQ(rate.p10, 6 / 3e-3);
  EXPECT_DOUBLE_EQ(rate.p50, 6 / 11e-3);
  EXPECT_DOUBLE_EQ(samples.first(), 6 / 1e-3);
  EXPECT_DOUBLE_EQ(samples.last(), 6 / 20e-3);
  EXPECT_NEAR(samples.lost(), 0.5, 1e-12);
}

TEST(Golden, ACutItemKeepsItsLastToken) {
  EXPECT_EQ(Cut({101, 7, 8, 9, 102}, 3), (Ids{101, 7, 102}));
  EXPECT_EQ(Cut({101, 7, 102}, 3), (Ids{101, 7, 102}));
}

TEST(Golden, VectorsOfAnotherShapeAreRefused) {
  EXPECT_TRUE(GoldenVectors(201, 384).ok());
  EXPECT_THAT(GoldenVectors(200, 384).status().message(), testing::HasSubstr("(200, 384)"));
}

}  // namespace
}  // namespace shoal
