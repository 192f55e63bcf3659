#include "scheduler/scaling_signal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr double kWorkerSpeed = 10;  // cost per µs

// `need` workers are needed, `ready` are there.
ScalingView View(double need, int ready) {
  return {.offered = {.per_us = need * ScalingSignal::kUtilisation * kWorkerSpeed},
          .ready = {.workers = ready, .speed = ready * kWorkerSpeed}};
}

void LookFor(ScalingSignal& signal, microseconds begin, microseconds end, const ScalingView& view) {
  for (microseconds at = begin; at < end; at += 1s) signal.Look(at, view);
}

// One that has run for long enough to trust itself.
ScalingSignal Settled(double need, int ready) {
  ScalingSignal signal;
  LookFor(signal, 0s, 600s, View(need, ready));
  return signal;
}

TEST(ScalingSignal, AsksForOneWorkerBeforeItKnowsAnything) {
  ScalingSignal signal;
  EXPECT_EQ(signal.desired_workers(), 1);
  signal.Look(0s, {.offered = {.per_us = 1000}});
  EXPECT_EQ(signal.desired_workers(), 1);
  EXPECT_EQ(signal.need(), 0);
}

TEST(ScalingSignal, AimsAtSeventyPerCent) {
  ScalingSignal signal;
  signal.Look(0s, {.offered = {.per_us = 70}, .ready = {.workers = 5, .speed = 50}});
  EXPECT_DOUBLE_EQ(signal.need(), 10);
}

TEST(ScalingSignal, GoesUpAtOnceAndRoundsUp) {
  ScalingSignal signal = Settled(3.8, 4);
  EXPECT_EQ(signal.desired_workers(), 4);
  signal.Look(601s, View(4.1, 4));
  EXPECT_EQ(signal.desired_workers(), 5);
  signal.Look(602s, View(11.5, 4));
  EXPECT_EQ(signal.desired_workers(), 12);
}

TEST(ScalingSignal, GoesDownOnlyAfterTwoMinutesAndToTheMostThatWasNeeded) {
  ScalingSignal signal = Settled(9.5, 10);
  LookFor(signal, 600s, 660s, View(5.2, 10));
  LookFor(signal, 660s, 719s, View(2.5, 10));
  EXPECT_EQ(signal.desired_workers(), 10);
  LookFor(signal, 719s, 725s, View(2.5, 10));
  EXPECT_EQ(signal.desired_workers(), 6);
  LookFor(signal, 725s, 850s, View(2.5, 10));
  EXPECT_EQ(signal.desired_workers(), 3);
}

TEST(ScalingSignal, StaysWhereFewerWouldBeTooTight) {
  ScalingSignal signal = Settled(5.5, 6);
  LookFor(signal, 600s, 900s, View(4.8, 6));
  EXPECT_EQ(signal.desired_workers(), 6);
  LookFor(signal, 900s, 1200s, View(4.7, 6));
  EXPECT_EQ(signal.desired_workers(), 5);
}

TEST(ScalingSignal, GoesUpForLittleOnlyAMinuteAfterAStepDown) {
  ScalingSignal signal = Settled(5.5, 6);
  LookFor(signal, 600s, 722s, View(4.7, 6));
  ASSERT_EQ(signal.desired_workers(), 5);
  LookFor(signal, 722s, 775s, View(5.4, 6));
  EXPECT_EQ(signal.desired_workers(), 5);
  LookFor(signal, 775s, 785s, View(5.4, 6));
  EXPECT_EQ(signal.desired_workers(), 6);
}

TEST(ScalingSignal, GoesUpForMuchRightAfterAStepDown) {
  ScalingSignal signal = Settled(5.5, 6);
  LookFor(signal, 600s, 722s, View(4.7, 6));
  ScalingView noisy = View(5.6, 6);
  noisy.offered.deviation = noisy.offered.per_us / 10;
  signal.Look(723s, noisy);
  EXPECT_EQ(signal.desired_workers(), 5);
  signal.Look(724s, View(5.6, 6));
  EXPECT_EQ(signal.desired_workers(), 6);
}

TEST(ScalingSignal, NeverAsksForNone) { EXPECT_EQ(Settled(0, 3).desired_workers(), 1); }

TEST(ScalingSignal, RemembersHowFastAWorkerWasWhileThereIsNone) {
  ScalingSignal signal = Settled(4, 5);
  LookFor(signal, 600s, 720s, View(7.5, 0));
  EXPECT_EQ(signal.desired_workers(), 8);
}

TEST(ScalingSignal, IsNotMisledByTheFirstWorkerThatAttaches) {
  ScalingSignal signal;
  ScalingView slow = View(4, 1);
  slow.ready.speed = kWorkerSpeed / 4;
  signal.Look(0s, slow);
  LookFor(signal, 1s, 10s, View(4, 8));
  EXPECT_NEAR(signal.need(), 4, 0.4);
}

TEST(ScalingSignal, AsksForAReplacementOfAWorkerThatIsNoHelp) {
  ScalingSignal signal = Settled(7.6, 8);
  ScalingView one_apart = View(7.6, 8);
  one_apart.ready.speed = 7 * kWorkerSpeed;
  LookFor(signal, 600s, 601s, one_apart);
  EXPECT_EQ(signal.desired_workers(), 8);
  LookFor(signal, 601s, 700s, one_apart);
  EXPECT_EQ(signal.desired_workers(), 9);
}

TEST(ScalingSignal, IsNotMovedByASpeedThatFallsForAMoment) {
  ScalingSignal signal = Settled(7.6, 8);
  ScalingView slow = View(7.6, 8);
  slow.ready.speed = 4 * kWorkerSpeed;
  LookFor(signal, 600s, 602s, slow);
  EXPECT_EQ(signal.desired_workers(), 8);
}

TEST(ScalingSignal, NeedsTheSameWhenWorkersAreDrainedOrSentAway) {
  ScalingSignal signal = Settled(7.6, 8);
  LookFor(signal, 600s, 700s, View(7.6, 3));
  EXPECT_EQ(signal.desired_workers(), 8);
}

TEST(ScalingSignal, StandsStillWhileTheCoordinatorDrains) {
  ScalingSignal signal = Settled(7.6, 8);
  ScalingView leaving = View(0, 8);
  leaving.draining = true;
  LookFor(signal, 600s, 1200s, leaving);
  EXPECT_EQ(signal.desired_workers(), 8);
  EXPECT_NEAR(signal.need(), 7.6, 0.01);
}

TEST(ScalingSignal, KeepsTheWorkersThatItFindsAtItsBeginningForTwoMinutes) {
  ScalingSignal signal;
  LookFor(signal, 1000s, 1119s, View(2.5, 10));
  EXPECT_EQ(signal.desired_workers(), 10);
  LookFor(signal, 1119s, 1125s, View(2.5, 10));
  EXPECT_EQ(signal.desired_workers(), 3);
}

// An hour of calls that come by chance, `per_second` of them, which need `need` workers: how long
// the desired number went one way before it went the other, at least.
microseconds ShortestWay(double need, double per_second, std::uint64_t seed) {
  Rng rng(seed);
  OfferedLoad load;
  ScalingSignal signal;
  const double per_us = View(need, 1).offered.per_us;
  const auto cost = static_cast<Cost>(per_us * 1e6 / per_second);
  microseconds shortest = 1h;
  microseconds turned = -1h;
  int direction = 0;
  double next_us = 0;
  for (microseconds now = 0s; now < 1h; now += 1s) {
    for (; next_us < static_cast<double>(now.count());
         next_us -= std::log(1 - rng.Unit()) * 1e6 / per_second) {
      load.Arrived(microseconds(static_cast<std::int64_t>(next_us)), {.cost = cost});
    }
    const int before = signal.desired_workers();
    ScalingView view = View(0, before);
    view.offered = load.Rate(now);
    signal.Look(now, view);
    const int moved = signal.desired_workers() - before;
    if (moved * direction < 0) {
      shortest = std::min(shortest, now - turned);
      turned = now;
    }
    if (moved != 0) direction = moved;
  }
  return shortest;
}

TEST(ScalingSignal, TurnsAtMostOnceAMinuteWhateverTheNoise) {
  for (const double need : {0.95, 2.0, 5.5, 20.0, 100.0}) {
    for (const double per_second : {0.5, 3.0, 20.0, 300.0}) {
      for (const std::uint64_t seed : {1, 2, 3}) {
        EXPECT_GE(ShortestWay(need, per_second, seed), 60s)
            << need << " workers, " << per_second << " calls a second, seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace shoal
