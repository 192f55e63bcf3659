#include "scheduler/lane_speed.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Cost kBatch = 100 * kCostPerToken;

// 1 ms and 90 µs a token: 10 ms for a batch of 100 tokens.
LaneSpeed Lane() { return {1000, 90}; }

TEST(LaneSpeed, StartsWithWhatTheWorkerMeasured) {
  EXPECT_EQ(Lane().Predict(kBatch), 10ms);
  EXPECT_EQ(Lane().Predict(0), 1ms);
}

TEST(LaneSpeed, LearnsAThirtySecondOfEverySample) {
  LaneSpeed lane = Lane();
  lane.Sample(kBatch, 20ms);
  EXPECT_DOUBLE_EQ(lane.ratio(), 1 + 1.0 / 32);
  for (int i = 0; i < 500; ++i) lane.Sample(kBatch, 20ms);
  EXPECT_NEAR(static_cast<double>(lane.Predict(kBatch).count()), 20'000, 1);
}

TEST(LaneSpeed, CutsASampleToEightTimes) {
  LaneSpeed lane = Lane();
  lane.Sample(kBatch, 10s);
  EXPECT_DOUBLE_EQ(lane.ratio(), 1 + 7.0 / 32);
}

TEST(LaneSpeed, BelievesAProbeSoonerWhenItIsFaster) {
  LaneSpeed lane = Lane();
  EXPECT_DOUBLE_EQ(lane.Sample(kBatch, 20ms, true), 2);
  EXPECT_DOUBLE_EQ(lane.ratio(), 1 + 1.0 / 32);
  const double before = lane.ratio();
  lane.Sample(kBatch, 5ms, true);
  EXPECT_DOUBLE_EQ(lane.ratio(), before + (0.5 - before) / 8);
}

TEST(LaneSpeed, NeverPredictsLessThanAMicrosecond) {
  LaneSpeed lane = Lane();
  for (int i = 0; i < 2000; ++i) lane.Sample(kBatch, -5us);
  EXPECT_EQ(lane.Predict(kBatch), 1us);
}

}  // namespace
}  // namespace shoal
