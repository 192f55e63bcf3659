#include "scheduler/worker_table.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Cost kFull = 100 * kCostPerToken;

// A lane is given by its time per token and its credit.
LaneRecord LaneOf(double per_token_us, std::uint64_t granted) {
  LaneRecord lane = {.speed = {0, per_token_us}};
  EXPECT_TRUE(lane.credit.Grant(granted));
  return lane;
}

void Add(WorkerTable& table, AttachId attach, std::vector<LaneRecord> lanes,
         bool draining = false) {
  WorkerRecord worker = {.attach = attach, .draining = draining};
  worker.lanes = std::move(lanes);
  table.Add(std::move(worker));
}

TEST(WorkerTable, GivesTheFastestIdleLaneTheNextBatch) {
  WorkerTable table;
  Add(table, 1, {LaneOf(200, 1), LaneOf(100, 1)});
  Add(table, 2, {LaneOf(50, 0)});
  const LaneChoice choice = table.NextLane(0us, kFull, 1);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice.worker->attach, 1u);
  EXPECT_EQ(choice.lane, 1u);
}

TEST(WorkerTable, AnIdleSlowLaneGoesBeforeABusyFastOne) {
  WorkerTable table;
  Add(table, 1, {LaneOf(100, 2), LaneOf(200, 1)});
  table.Find(1)->lanes[0].batches.push_back({.id = 1});
  EXPECT_EQ(table.NextLane(0us, kFull, 1).lane, 1u);
}

TEST(WorkerTable, AmongEqualLanesTheOneThatWaitedLongestIsNext) {
  WorkerTable table;
  Add(table, 1, {LaneOf(100, 1), LaneOf(105, 1)});
  table.Find(1)->lanes[0].last_batch = 7;
  table.Find(1)->lanes[1].last_batch = 6;
  EXPECT_EQ(table.NextLane(0us, kFull, 1).lane, 1u);
}

TEST(WorkerTable, AFullADrainingOrAPassedOverLaneGetsNothing) {
  WorkerTable table;
  Add(table, 1, {LaneOf(100, 9), LaneOf(100, 9)});
  Add(table, 2, {LaneOf(100, 9)}, true);
  table.Find(1)->lanes[0].batches = {{.id = 1}, {.id = 2}};
  table.Find(1)->lanes[1].passed_over = 5;
  EXPECT_FALSE(table.NextLane(0us, kFull, 5));
  EXPECT_TRUE(table.NextLane(0us, kFull, 6));
}

TEST(WorkerTable, OnlyLiveLanesMakeTheSpeedOfThePool) {
  WorkerTable table;
  Add(table, 1, {LaneOf(200, 0)});
  Add(table, 2, {LaneOf(100, 0)});
  Add(table, 3, {LaneOf(1, 0)}, true);
  EXPECT_EQ(table.FastestTime(0us, kFull), 10ms);
  EXPECT_DOUBLE_EQ(table.Speed(0us, kFull), 5 + 10);
  table.Remove(1);
  table.Remove(2);
  EXPECT_FALSE(table.HasLive());
}

TEST(WorkerTable, TheRoundTripIsAMovingAverageFromHalfAMillisecond) {
  WorkerRecord worker;
  EXPECT_EQ(worker.RoundTrip(), 500us);
  for (int i = 0; i < 500; ++i) worker.SampleRoundTrip(2ms);
  EXPECT_NEAR(worker.RoundTrip().count(), 2000, 2);
  for (int i = 0; i < 500; ++i) worker.SampleRoundTrip(-1ms);
  EXPECT_NEAR(worker.RoundTrip().count(), 0, 2);
}

}  // namespace
}  // namespace shoal
