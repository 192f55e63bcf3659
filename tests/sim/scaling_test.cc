// The scaling signal in virtual time: right within a tenth, quick after a step, steady under noise,
// not fooled by those who try again.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scaling_watch.h"
#include "table_bars.h"
#include "table_figures.h"
#include "table_world.h"

namespace shoal::table {
namespace {

using namespace std::chrono_literals;

constexpr Pool kPool{.lanes = 2};
// So many calls that chance is a hundredth of the load within ten seconds.
constexpr TraceOptions kManySmall{.texts = Texts::kAlwaysOne, .deadlines = kDeadlines500};
// A few dozen calls a second, some of them large: a twentieth and more.
constexpr TraceOptions kFewLarge{.texts = Texts::kMany, .deadlines = kDeadlines1000};

// Of the pool when it is kept full, cost per µs.
double CapacityOf(const Pool& pool, Texts texts) { return Laboratory(1).Capacity(pool, texts); }

struct Watched {
  std::vector<ScalingSample> samples;
  Cost arrived = 0;  // attempts and all
  Cost offered = 0;  // every call once
};

// Loads are multiples of `capacity`.
Watched Watch(const Pool& pool, double capacity, std::span<const LoadPart> parts,
              const TraceOptions& options, std::uint64_t seed, int retries = 0) {
  Watched watched;
  Trace trace = OpenLoopOfParts(parts, options, pool, capacity, seed);
  trace.retries = retries;
  for (const TraceCall& call : trace.calls) watched.offered += call.cost;
  ScalingWatch watch(OptionsOf(pool, seed), trace.calls.size());
  World(pool, trace, watch, seed).Run();
  watched.samples = watch.samples();
  watched.arrived = watch.arrived();
  return watched;
}

Watched Watch(const std::vector<LoadPart>& parts, const TraceOptions& options, std::uint64_t seed,
              int retries = 0) {
  return Watch(kPool, CapacityOf(kPool, options.texts), parts, options, seed, retries);
}

// Workers for a load that is a multiple of what kPool can do.
double Need(double load) { return load * kPool.lanes / ScalingSignal::kUtilisation; }

// The need is right within `tolerance` whenever it is looked at.
void ExpectNeed(const Watched& watched, microseconds begin, microseconds end, double need,
                double tolerance) {
  ScalingSample worst{.need = need};
  int looked = 0;
  for (const ScalingSample& sample : watched.samples) {
    if (sample.at < begin || sample.at >= end) continue;
    ++looked;
    if (std::abs(sample.need - need) > std::abs(worst.need - need)) worst = sample;
  }
  EXPECT_GT(looked, 0);
  EXPECT_NEAR(worst.need / need, 1, tolerance) << "at " << worst.at.count() / 1e6 << " s";
}

// When the desired number began to move the other way.
std::vector<microseconds> Turns(const std::vector<ScalingSample>& samples, microseconds begin) {
  std::vector<microseconds> turns;
  int direction = 0;
  int before = 0;
  for (const ScalingSample& sample : samples) {
    const int moved = sample.at < begin || before == 0 ? 0 : sample.desired - before;
    before = sample.desired;
    if (moved == 0) continue;
    if (direction != 0 && (moved > 0) != (direction > 0)) turns.push_back(sample.at);
    direction = moved;
  }
  return turns;
}

void ExpectAtMostOneTurnAMinute(const Watched& watched, const std::string& what) {
  const std::vector<microseconds> turns = Turns(watched.samples, 0s);
  for (std::size_t i = 1; i < turns.size(); ++i) {
    EXPECT_GE(turns[i] - turns[i - 1], 60s) << what << " at " << turns[i].count() / 1e6 << " s";
  }
}

TEST(Scaling, FollowsStepsWithinFifteenSeconds) {
  const Watched watched = Watch({{0.4, 60s}, {1.6, 60s}, {0.8, 60s}}, kManySmall, 1);
  ExpectNeed(watched, 15s, 60s, Need(0.4), 0.1);
  ExpectNeed(watched, 75s, 120s, Need(1.6), 0.1);
  ExpectNeed(watched, 135s, 180s, Need(0.8), 0.1);
  EXPECT_EQ(watched.samples[75].desired, 5);
  EXPECT_EQ(watched.samples[179].desired, 5);  // down only after two minutes
}

TEST(Scaling, FollowsARamp) {
  std::vector<LoadPart> parts;
  for (int i = 0; i < 24; ++i) parts.push_back({0.5 + 0.05 * i, 5s});
  const Watched watched = Watch(parts, kManySmall, 1);
  for (int i = 3; i < 24; ++i) {
    ExpectNeed(watched, i * 5s, (i + 1) * 5s, Need(parts[static_cast<std::size_t>(i)].load), 0.1);
  }
}

TEST(Scaling, IsSteadyUnderNoise) {
  for (const double load : {0.33, 0.7, 1.05, 1.4}) {
    for (const std::uint64_t seed : {1, 2}) {
      const Watched watched = Watch({{load, 1200s}}, kFewLarge, seed);
      const std::string what = std::to_string(load) + ", seed " + std::to_string(seed);
      ExpectAtMostOneTurnAMinute(watched, what);
      double mean = 0;
      for (std::size_t i = 60; i < 1200; ++i) mean += watched.samples[i].need / 1140;
      EXPECT_NEAR(mean / Need(load), 1, 0.1) << what;
    }
  }
}

TEST(Scaling, BurstsThatComeAgainAndAgainHoldTheNumber) {
  std::vector<LoadPart> parts;
  for (int i = 0; i < 20; ++i) {
    parts.push_back({0.5, 28s});
    parts.push_back({5, 2s});
  }
  const Watched watched = Watch(parts, kManySmall, 1);
  EXPECT_TRUE(Turns(watched.samples, 60s).empty());
  // What ten seconds with a burst ask for, at most.
  EXPECT_LE(watched.samples.back().desired, static_cast<int>(Need(1.4)) + 1);
}

TEST(Scaling, CountsCallersThatTryAgainOnce) {
  const Watched watched = Watch({{1.8, 120s}}, kManySmall, 1, 5);
  EXPECT_GT(static_cast<double>(watched.arrived), 1.5 * static_cast<double>(watched.offered));
  ExpectNeed(watched, 15s, 120s, Need(1.8), 0.1);
}

TEST(Scaling, ReplacesAWorkerThatIsSetApart) {
  const Pool pool{.lanes = 4, .slow_factor = 4};
  const LoadPart part{0.6, 180s};
  const double three = CapacityOf({.lanes = 3}, kManySmall.texts);
  const Watched watched = Watch(pool, three, {&part, 1}, kManySmall, 1);
  // Three of four workers add to the speed, so that four are worth three.
  ExpectNeed(watched, 60s, 180s, 0.6 * 4 / ScalingSignal::kUtilisation, 0.1);
}

// The loop is closed: who follows the number gets what was promised.
TEST(Scaling, AnAutoscalerThatFollowsItEndsWithNobodyRefused) {
  const Pool pool{.lanes = 8};
  const double capacity = CapacityOf(pool, Texts::kAlwaysOne);
  const std::vector<LoadPart> parts = {{0.1, 150s}, {0.5, 240s}, {0.2, 300s}};
  const Trace trace = OpenLoopOfParts(parts, kManySmall, pool, capacity, 1);
  ScalingWatch watch(OptionsOf(pool, 1), trace.calls.size());
  World world(pool, trace, watch, 1);
  world.Autoscale({.wanted = [&watch] { return watch.desired_workers(); }, .first = 2});
  const Outcome outcome = world.Run();
  const std::vector<ScalingSample>& samples = watch.samples();
  EXPECT_EQ(samples[140].desired, 2);
  EXPECT_NEAR(samples[380].desired, 6, 1);
  EXPECT_EQ(samples[680].desired, 3);
  EXPECT_EQ(Turns(samples, 0s).size(), 1u);
  for (std::size_t i = 0; i < trace.calls.size(); ++i) {
    const microseconds arrived = outcome.calls[i].arrived;
    if (arrived >= 150s && arrived < 200s) continue;  // workers are on their way
    ASSERT_EQ(outcome.calls[i].end, CallEnd::kOk) << arrived.count() / 1e6 << " s";
  }
}

}  // namespace
}  // namespace shoal::table
