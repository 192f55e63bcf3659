#include "scheduler/offered_load.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

// `per_second` calls of `cost` at equal distances, from `begin` until `end`.
void Offer(OfferedLoad& load, microseconds begin, microseconds end, int per_second, Cost cost) {
  const microseconds gap(1'000'000 / per_second);
  for (microseconds at = begin; at < end; at += gap) load.Arrived(at, {.cost = cost});
}

// Cost per second.
double RateOf(OfferedLoad& load, microseconds now) { return load.Rate(now).per_us * 1e6; }

TEST(OfferedLoad, IsZeroBeforeAnythingCame) {
  OfferedLoad load;
  EXPECT_EQ(load.Rate(5s).per_us, 0);
  EXPECT_EQ(load.Rate(500s).deviation, 0);
}

TEST(OfferedLoad, IsTheCostPerTimeOfWhatCame) {
  OfferedLoad load;
  Offer(load, 0s, 100s, 100, 2000);
  EXPECT_NEAR(RateOf(load, 100s), 200'000, 1);
}

TEST(OfferedLoad, FollowsAStepInTenSeconds) {
  OfferedLoad load;
  Offer(load, 0s, 100s, 100, 2000);
  Offer(load, 100s, 110s, 300, 2000);
  EXPECT_NEAR(RateOf(load, 110s), 600'000, 5'000);
  Offer(load, 110s, 200s, 50, 2000);
  EXPECT_NEAR(RateOf(load, 121s), 100'000, 1'000);
}

TEST(OfferedLoad, SeesNoStepInASingleLargeCall) {
  OfferedLoad load;
  load.Arrived(100s, {.cost = 60'000'000});
  EXPECT_NEAR(RateOf(load, 109s), 1'000'000, 1);
  EXPECT_EQ(RateOf(load, 161s), 0);
}

TEST(OfferedLoad, KnowsHowMuchOfItIsChance) {
  OfferedLoad load;
  Offer(load, 0s, 60s, 1, 1000);
  // 60 calls in a minute: by chance as many as 7.7 more or fewer.
  EXPECT_NEAR(load.Rate(60s).deviation * 60e6, 7'746, 1);
}

TEST(OfferedLoad, CountsARefusedCallOnceHoweverOftenItComes) {
  OfferedLoad load;
  EXPECT_TRUE(load.Arrived(1s, {.cost = 1000, .key = 7}));
  load.Refused(1s, 7);
  EXPECT_FALSE(load.Arrived(2s, {.cost = 1000, .key = 7}));
  load.Refused(2s, 7);
  EXPECT_FALSE(load.Arrived(3s, {.cost = 1000, .key = 7}));
  EXPECT_TRUE(load.Arrived(4s, {.cost = 1000, .key = 7}));
  EXPECT_NEAR(load.Rate(10s).per_us * 60e6, 2000, 1);
}

TEST(OfferedLoad, BelievesACallerThatSaysItTriedBefore) {
  OfferedLoad load;
  EXPECT_FALSE(load.Arrived(1s, {.cost = 1000, .says_retry = true}));
  EXPECT_EQ(load.Rate(10s).per_us, 0);
}

TEST(OfferedLoad, TakesTheExactCostOnceItIsKnown) {
  OfferedLoad load;
  load.Arrived(1s, {.cost = 1000});
  load.Correct(1s, 1000, 1600);
  EXPECT_NEAR(load.Rate(10s).per_us * 60e6, 1600, 1);
  load.Correct(70s, 1600, 0);  // of what has left the window: never less than nothing
  EXPECT_EQ(load.Rate(80s).per_us, 0);
}

TEST(OfferedLoad, ForgetsWhatWasLongAgo) {
  OfferedLoad load;
  Offer(load, 0s, 60s, 100, 1000);
  EXPECT_EQ(RateOf(load, 3600s), 0);
  Offer(load, 3600s, 3660s, 100, 1000);
  EXPECT_NEAR(RateOf(load, 3660s), 100'000, 1'000);
}

}  // namespace
}  // namespace shoal
