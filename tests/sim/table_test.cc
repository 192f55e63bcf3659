// The worlds of the tables, small: that they are fair, the same twice, and that the bars can fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "table_bars.h"
#include "table_figures.h"
#include "table_run.h"
#include "table_sheet.h"

namespace shoal::table {
namespace {

constexpr microseconds kShortRun{8'000'000};

Outcome RunShoal(const SchedulerOptions& options, const Pool& pool, const Trace& trace) {
  const std::unique_ptr<Policy> policy = MakeShoal(options);
  return World(pool, trace, *policy, 1).Run();
}

TEST(Table, ATraceOffersTheLoadThatItWasAskedFor) {
  const Pool pool;
  const TraceOptions options{.load = 2, .duration = microseconds(100'000'000)};
  const Trace trace = OpenLoop(options, pool, 70, 1);
  double cost = 0;
  for (const TraceCall& call : trace.calls) cost += static_cast<double>(call.cost);
  EXPECT_NEAR(cost / 100e6 / 70, 2, 0.1);
}

TEST(Table, WhatAnEmptyPoolCouldNotServeIsNotOffered) {
  const Pool pool{.lanes = 2};  // 200 texts take it about 350 ms
  for (const std::int64_t ms : {100, 1000}) {
    const Deadlines deadlines{microseconds(1000 * ms), microseconds(1000 * ms)};
    const Trace trace = OpenLoop({.deadlines = deadlines, .load = 5}, pool, 18, 1);
    const bool wide = std::any_of(trace.calls.begin(), trace.calls.end(),
                                  [](const TraceCall& call) { return call.texts == 200; });
    EXPECT_EQ(wide, ms == 1000);
  }
}

TEST(Table, TheSameSeedGivesTheSameRun) {
  const Pool pool;
  const Trace trace = OpenLoop({.load = 1.5, .duration = microseconds(2'000'000)}, pool, 70, 3);
  const Outcome first = RunShoal(OptionsOf(pool, 1), pool, trace);
  const Outcome second = RunShoal(OptionsOf(pool, 1), pool, trace);
  EXPECT_EQ(first.batches, second.batches);
  EXPECT_EQ(first.executed, second.executed);
  ASSERT_EQ(first.calls.size(), second.calls.size());
  for (std::size_t i = 0; i < first.calls.size(); ++i) {
    ASSERT_EQ(first.calls[i].finished, second.calls[i].finished) << i;
  }
}

// A baseline that fails where nothing is scarce would make any comparison worthless.
TEST(Table, EveryPolicyAnswersEverythingWhereNothingIsScarce) {
  const Pool pool{.stolen_share = 0};
  const TraceOptions options{
      .texts = Texts::kMostlyOne, .deadlines = kDeadlines1000, .load = 0.2, .duration = kShortRun};
  Laboratory laboratory(1);
  for (const PolicyKind kind :
       {PolicyKind::kRoundRobin, PolicyKind::kLeastLoaded, PolicyKind::kTwoChoices,
        PolicyKind::kShortFifo, PolicyKind::kLongFifo, PolicyKind::kShoal,
        PolicyKind::kShoalWithoutSecondAttempts}) {
    const Figures f = laboratory.Measure(kind, pool, options);
    EXPECT_GT(f.with_deadline.offered(), 100) << Name(kind);
    // Two calls of 200 texts at once do not fit into the short FIFO.
    EXPECT_GE(f.with_deadline.OkShare(), kind == PolicyKind::kShortFifo ? 0.98 : 1) << Name(kind);
    EXPECT_EQ(f.WastedShare(), 0) << Name(kind);
  }
}

TEST(Table, AtTwiceTheCapacityGoodputStaysAndNothingAcceptedIsLate) {
  Laboratory laboratory(2);
  for (const Deadlines& deadlines : {kDeadlines300, kMixedDeadlines}) {
    const TraceOptions options{.deadlines = deadlines, .load = 2, .duration = kShortRun};
    const Figures f = laboratory.Measure(PolicyKind::kShoal, {}, options);
    EXPECT_GE(f.GoodPerUs() / laboratory.Capacity({}, options.texts), 0.94);
    EXPECT_LE(f.with_deadline.BrokenShare(), 0.005);
    EXPECT_LE(f.WastedShare(), 0.02);
  }
}

TEST(Table, HalfOfTheCallsWithoutADeadlineHarmNeitherHalf) {
  Laboratory laboratory(1);
  const TraceOptions options{.no_deadline_share = 0.5, .load = 2, .duration = kShortRun};
  const Figures f = laboratory.Measure(PolicyKind::kShoal, {}, options);
  EXPECT_LE(f.with_deadline.RefusedShare(), 0.2);
  EXPECT_LE(f.with_deadline.BrokenShare(), 0.005);
  EXPECT_GT(f.without_deadline.admitted(), 100);
  EXPECT_EQ(f.without_deadline.broken(), 0);
}

TEST(Table, AJobIsServedBesideACallerWhoWaits) {
  Laboratory laboratory(1);
  const Figures f = laboratory.MeasureCrowd({.lanes = 2, .per_token_us = 260}, {});
  EXPECT_GT(f.without_deadline.admitted(), 64);
  EXPECT_EQ(f.without_deadline.RefusedShare(), 0);
  EXPECT_EQ(f.without_deadline.broken(), 0);
  EXPECT_GT(f.with_deadline.offered(), 50);
  EXPECT_EQ(f.with_deadline.OkShare(), 1);
}

TEST(Table, ALaneThatIsSlowCostsNoMoreThanThatLane) {
  Laboratory laboratory(1);
  const TraceOptions options{.load = 2, .duration = kShortRun};
  const double seven = laboratory.Capacity({.lanes = 7}, options.texts);
  for (const double factor : {4.0, 20.0}) {
    const Figures f =
        laboratory.Measure(PolicyKind::kShoal, {.slow_factor = factor}, options, seven);
    EXPECT_GE(f.GoodPerUs() / seven, 0.92) << factor;
  }
}

TEST(Table, SecondAttemptsShortenTheTailForLittleWork) {
  Laboratory laboratory(1);
  const Figures with = laboratory.Measure(PolicyKind::kShoal, StallingPool(), LightTrace());
  const Figures without =
      laboratory.Measure(PolicyKind::kShoalWithoutSecondAttempts, StallingPool(), LightTrace());
  EXPECT_EQ(without.second_attempts, 0u);
  EXPECT_GE(without.with_deadline.LatencyMs(0.999), 3 * with.with_deadline.LatencyMs(0.999));
  EXPECT_LE(with.ExtraShare(), 0.03);
}

// The bars are sharp: a rule left out is seen.
TEST(Table, WithoutTheGuardAcceptedCallsComeLate) {
  const Pool pool;
  const Trace trace = OpenLoop({.load = 2, .duration = kShortRun}, pool, 75, 1);
  SchedulerOptions options = OptionsOf(pool, 1);
  options.planted_bug = PlantedBug::kGuardSkipped;
  Figures figures;
  AddRun(trace, RunShoal(options, pool, trace), figures);
  EXPECT_GT(figures.with_deadline.BrokenShare(), 0.005);
}

TEST(Table, AFigureThatMissesItsBarIsMarkedAndCounted) {
  Sheet sheet;
  EXPECT_EQ(sheet.Judge(0.98, Unit::kPlain, {Relation::kAtLeast, 0.97}), "0.980 (≥ 0.970)");
  EXPECT_EQ(sheet.Judge(0.0005, Unit::kPercent, {Relation::kAtMost, 0.001}), "0.05 % (≤ 0.10 %)");
  EXPECT_EQ(sheet.missed(), 0);
  EXPECT_EQ(sheet.Judge(0.9, Unit::kPlain, {Relation::kAtLeast, 0.97}),
            "**0.900 missed** (≥ 0.970)");
  EXPECT_EQ(sheet.missed(), 1);
  EXPECT_EQ(sheet.judged(), 3);
  EXPECT_EQ(FormatMs(1840.4), "1,840");
  EXPECT_EQ(FormatMs(3.25), "3.2");
}

TEST(Table, ArgumentsThatAreUnknownAreRefusedInWords) {
  const Result<TablesOptions> bars = ParseTablesOptions("bars", {"--seeds", "7"});
  ASSERT_TRUE(bars.ok());
  EXPECT_TRUE(bars->bars);
  EXPECT_FALSE(bars->policies);
  EXPECT_EQ(bars->seeds, 7);
  EXPECT_THAT(ParseTablesOptions("bar", {}).status().message(), testing::HasSubstr("\"bar\""));
  EXPECT_FALSE(ParseTablesOptions("all", {"--seeds"}).ok());
  EXPECT_FALSE(ParseTablesOptions("all", {"--seeds", "0"}).ok());
  EXPECT_FALSE(ParseTablesOptions("all", {"--seeds", "3x"}).ok());
  EXPECT_FALSE(ParseTablesOptions("all", {"3"}).ok());
}

}  // namespace
}  // namespace shoal::table
