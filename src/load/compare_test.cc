#include "load/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A run of 20 s at 100 requests a second whose p99 swings by `swing` around `p99`.
PastReport RunOf(double p99, double swing) {
  PastReport run{.name = "x.json",
                 .figures = {.offered = 2000,
                             .ok = 2000,
                             .good = 2000,
                             .goodput_per_second = 100,
                             .latency = {.p50 = p99 / 4, .p90 = p99 / 2, .p99 = p99, .max = p99}}};
  for (int i = 0; i < 20; ++i) run.seconds["p99"].push_back(p99 + (i % 2 == 0 ? swing : -swing));
  return run;
}

Mark MarkOf(const std::string& name, const Comparison& comparison) {
  for (const ComparedFigure& compared : comparison.figures) {
    if (compared.figure->name == name) return compared.mark;
  }
  CHECK(false, "no such figure is compared");
}

std::vector<std::string> Found(std::string_view text, const PastReport& a, const PastReport& b) {
  return ChangeBreaches({*ParseThreshold(text)}, a, b);
}

TEST(Compare, MarksWhatIsWorseBeyondTheSpreadOfBothRuns) {
  EXPECT_EQ(MarkOf("p99", Compare(RunOf(0.040, 0.002), RunOf(0.050, 0.002))), Mark::kWorse);
  EXPECT_EQ(MarkOf("p99", Compare(RunOf(0.050, 0.002), RunOf(0.040, 0.002))), Mark::kBetter);
  EXPECT_EQ(MarkOf("p99", Compare(RunOf(0.040, 0.020), RunOf(0.050, 0.020))), Mark::kNone);
}

TEST(Compare, MarksNoTimeWhoseSpreadIsNotKnown) {
  EXPECT_EQ(MarkOf("p50", Compare(RunOf(0.040, 0), RunOf(0.400, 0))), Mark::kNone);
}

TEST(Compare, KnowsTheSpreadOfSharesFromTheirCounts) {
  PastReport worse = RunOf(0.04, 0), hardly = RunOf(0.04, 0);
  worse.figures.failed = 200;
  hardly.figures.failed = 1;
  EXPECT_EQ(MarkOf("errors", Compare(RunOf(0.04, 0), worse)), Mark::kWorse);
  EXPECT_EQ(MarkOf("errors", Compare(worse, RunOf(0.04, 0))), Mark::kBetter);
  EXPECT_EQ(MarkOf("errors", Compare(RunOf(0.04, 0), hardly)), Mark::kNone);
}

TEST(Compare, OfAnythingWithItselfMarksNothing) {
  const Comparison same = Compare(RunOf(0.04, 0.001), RunOf(0.04, 0.001));
  for (const ComparedFigure& compared : same.figures) EXPECT_EQ(compared.mark, Mark::kNone);
}

TEST(Compare, TellsWhereTheRunsDiffer) {
  PastReport a = RunOf(0.04, 0), b = RunOf(0.04, 0);
  a.run = {{"target", "grpc://a"}, {"seed", "1"}, {"start_unix_ms", "5"}};
  b.run = {{"target", "grpc://b"}, {"seed", "1"}, {"start_unix_ms", "6"}, {"deadline", "1s"}};
  EXPECT_THAT(Compare(a, b).notes,
              ElementsAre("the runs differ in deadline: nothing, then 1s",
                          "the runs differ in target: grpc://a, then grpc://b"));
  b.run.clear();
  EXPECT_THAT(Compare(a, b).notes, ElementsAre(HasSubstr("nothing in it says how the run was")));
}

TEST(Compare, TellsOfRunsThatProveNothing) {
  PastReport lagged = RunOf(0.04, 0);
  lagged.figures.valid = false;
  EXPECT_THAT(Compare(RunOf(0.04, 0), lagged).notes, ::testing::Contains(HasSubstr("lagged")));
  EXPECT_THAT(Found("p99>+10%", RunOf(0.04, 0), lagged), ElementsAre(HasSubstr("lagged")));
}

TEST(Compare, FailsOnAChangeThatIsForbidden) {
  EXPECT_THAT(Found("p99>+10%", RunOf(0.040, 0), RunOf(0.050, 0)),
              ElementsAre("p99>+10%: found +25.0 %, 40.0 ms to 50.0 ms"));
  EXPECT_THAT(Found("p99>+30%", RunOf(0.040, 0), RunOf(0.050, 0)), IsEmpty());
  EXPECT_THAT(Found("p99>+5ms", RunOf(0.040, 0), RunOf(0.050, 0)).size(), 1u);
  EXPECT_THAT(Found("rate<-1%", RunOf(0.040, 0), RunOf(0.050, 0)), IsEmpty());
}

TEST(Compare, FailsOnTheSecondRunAloneWhereNoChangeIsMeant) {
  EXPECT_THAT(Found("p99>45ms", RunOf(0.040, 0), RunOf(0.050, 0)).size(), 1u);
  EXPECT_THAT(Found("p99>45ms", RunOf(0.050, 0), RunOf(0.040, 0)), IsEmpty());
}

TEST(Compare, FailsWhereARunHasNoSuchFigure) {
  PastReport silent = RunOf(0.04, 0);
  silent.figures.ok = 0;
  EXPECT_THAT(Found("p99>+10%", RunOf(0.04, 0), silent),
              ElementsAre("p99>+10%: x.json has no p99"));
}

TEST(Compare, FromNothingIsAChangeWithoutBounds) {
  EXPECT_TRUE(std::isinf(RelativeChange(0, 5)));
  EXPECT_EQ(RelativeChange(0, 0), 0);
  EXPECT_EQ(RelativeChangeText(0, 5), "from 0");
  EXPECT_EQ(RelativeChangeText(10, 9), "-10.0 %");
  EXPECT_EQ(RelativeChangeText(10, 10), "0 %");
}

TEST(Compare, IsWrittenAsJson) {
  Comparison comparison{.figures = {{.figure = FindFigure("p99"), .a = 0.25, .b = 0.5}},
                        .notes = {"a note"}};
  EXPECT_EQ(ComparisonJson(comparison),
            "{\"version\":1,\"figures\":[{\"figure\":\"p99\",\"a\":0.25,\"b\":0.5,\"spread\":null,"
            "\"mark\":\"\"}],\"notes\":[\"a note\"]}\n");
}

}  // namespace
}  // namespace shoal
