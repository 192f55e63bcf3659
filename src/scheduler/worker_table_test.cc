#include "scheduler/worker_table.h"

#include <gtest/gtest.h>

#include <utility>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr Cost kFull = 100 * kCostPerToken;

// A lane is given by its time per token and its credit.
LaneRecord LaneOf(double per_token_us, std::uint64_t granted) {
  LaneRecord lane = {.speed = {0, per_token_us}};
  EXPECT_TRUE(lane.credit.Grant(granted));
  return lane;
}

void Add(WorkerTable& table, AttachmentId attachment, std::vector<LaneRecord> lanes,
         bool draining = false) {
  WorkerRecord worker = {.attachment = attachment, .draining = draining, .round_trip_32_us = 0};
  worker.lanes = std::move(lanes);
  table.Add(std::move(worker));
}

LaneRecord& LaneAt(WorkerTable& table, AttachmentId attachment, std::size_t lane = 0) {
  return table.Find(attachment)->lanes.at(lane);
}

class WorkerTableTest : public ::testing::Test {
 protected:
  WorkerTable table_{kFull, PlantedBug::kNone};
};

TEST_F(WorkerTableTest, GivesTheFastestIdleLaneTheNextBatch) {
  Add(table_, 1, {LaneOf(200, 1), LaneOf(100, 1)});
  Add(table_, 2, {LaneOf(50, 0)});
  const LaneChoice choice = table_.NextLane(1);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice.worker->attachment, 1u);
  EXPECT_EQ(choice.lane, 1u);
}

TEST_F(WorkerTableTest, AnIdleSlowLaneGoesBeforeABusyFastOne) {
  Add(table_, 1, {LaneOf(100, 2), LaneOf(200, 1)});
  LaneAt(table_, 1).batches.push_back({.id = 1});
  EXPECT_EQ(table_.NextLane(1).lane, 1u);
}

TEST_F(WorkerTableTest, AmongEqualLanesTheOneThatWaitedLongestIsNext) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(105, 1)});
  LaneAt(table_, 1, 0).last_batch = 7;
  LaneAt(table_, 1, 1).last_batch = 6;
  EXPECT_EQ(table_.NextLane(1).lane, 1u);
}

TEST_F(WorkerTableTest, AFullALateADrainingOrAPassedOverLaneGetsNothing) {
  Add(table_, 1, {LaneOf(100, 9), LaneOf(100, 9), LaneOf(100, 9)});
  Add(table_, 2, {LaneOf(100, 9)}, true);
  LaneAt(table_, 1, 0).batches = {{.id = 1}, {.id = 2}};
  LaneAt(table_, 1, 1).passed_over = 5;
  LaneAt(table_, 1, 2).late = true;
  EXPECT_FALSE(table_.NextLane(5));
  EXPECT_TRUE(table_.NextLane(6));
}

TEST_F(WorkerTableTest, OnlyLiveLanesMakeTheSpeedOfThePool) {
  Add(table_, 1, {LaneOf(200, 0)});
  Add(table_, 2, {LaneOf(100, 0)});
  Add(table_, 3, {LaneOf(1, 0)}, true);
  EXPECT_EQ(table_.FastestTime(kFull), 10ms);
  EXPECT_DOUBLE_EQ(table_.View(0us).speed, 5 + 10);
  EXPECT_EQ(table_.View(0us).BatchTime(0), 20ms);
  table_.Remove(1);
  table_.Remove(2);
  EXPECT_FALSE(table_.HasLive());
  EXPECT_EQ(table_.View(0us).speed, 0);
}

TEST_F(WorkerTableTest, ALaneFarSlowerThanTheFastestIsSetApart) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(250, 1), LaneOf(251, 1), LaneOf(801, 1)});
  EXPECT_EQ(table_.View(0us).lanes, 2);
  EXPECT_EQ(table_.View(0us).BatchTime(0), 25ms);
  EXPECT_TRUE(LaneAt(table_, 1, 2).apart);
  EXPECT_FALSE(LaneAt(table_, 1, 2).far_apart);
  EXPECT_TRUE(LaneAt(table_, 1, 3).far_apart);
}

// Its samples are cut, so that one stolen time slice does not condemn a lane.
TEST_F(WorkerTableTest, ALaneThatBecameTwentyTimesSlowerIsFarApartAfterFiftyBatches) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(100, 1)});
  for (int batch = 0; batch < 50; ++batch) LaneAt(table_, 1, 1).speed.Sample(kFull, 200ms);
  table_.Touch();
  table_.View(microseconds(0));
  EXPECT_TRUE(LaneAt(table_, 1, 1).far_apart);
}

TEST_F(WorkerTableTest, LateLanesDoNotCountUnlessAllAreLate) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(100, 1)});
  LaneAt(table_, 1, 0).late = true;
  table_.Touch();
  EXPECT_EQ(table_.View(0us).lanes, 1);
  LaneAt(table_, 1, 1).late = true;
  table_.Touch();
  EXPECT_EQ(table_.View(0us).lanes, 2);
}

TEST_F(WorkerTableTest, WorkUnderWayIsSpreadOverTheLanesUnlessOneIsIdle) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(100, 1)});
  for (std::size_t lane : {0u, 1u}) {
    LaneAt(table_, 1, lane).batches.push_back({.id = lane + 1, .expected_end = 4ms * (lane + 1)});
    LaneAt(table_, 1, lane).credit.Send();
  }
  EXPECT_EQ(table_.View(0us).running, 6ms);  // 4 and 8 ms at equal speed
  EXPECT_EQ(table_.View(6ms).running, 1ms);
  LaneAt(table_, 1, 0).batches.clear();
  EXPECT_TRUE(LaneAt(table_, 1, 0).credit.Grant(2));
  table_.TouchWork();
  EXPECT_EQ(table_.View(6ms).running, 0ms);
}

TEST_F(WorkerTableTest, ALateBatchIsExpectedToTakeAsLongAgain) {
  Add(table_, 1, {LaneOf(100, 1)});
  LaneAt(table_, 1).late = true;
  LaneAt(table_, 1).batches.push_back({.id = 1, .expected_end = 10ms, .late = true});
  table_.Touch();
  EXPECT_EQ(table_.View(25ms).running, 15ms);
}

TEST_F(WorkerTableTest, ReadyWorkersAddTheirSpeedEvenIfLateButNotIfSetApart) {
  Add(table_, 1, {LaneOf(100, 1), LaneOf(100, 1)});
  Add(table_, 2, {LaneOf(300, 1)});
  Add(table_, 3, {LaneOf(100, 1)}, true);
  LaneAt(table_, 1, 0).late = true;
  table_.Touch();
  EXPECT_EQ(table_.Ready().workers, 2);
  EXPECT_DOUBLE_EQ(table_.Ready().speed, 20);
}

TEST_F(WorkerTableTest, TheRoundTripSlowsALaneDown) {
  Add(table_, 1, {LaneOf(100, 1)});
  table_.Find(1)->round_trip_32_us = 32 * 10'000;
  table_.Touch();
  EXPECT_DOUBLE_EQ(table_.View(0us).speed, 5);
  EXPECT_EQ(table_.View(0us).round_trip, 10ms);
}

TEST(WorkerRecord, TheRoundTripIsAMovingAverageFromHalfAMillisecond) {
  WorkerRecord worker;
  EXPECT_EQ(worker.RoundTrip(), 500us);
  for (int i = 0; i < 500; ++i) worker.SampleRoundTrip(2ms);
  EXPECT_NEAR(worker.RoundTrip().count(), 2000, 2);
  for (int i = 0; i < 500; ++i) worker.SampleRoundTrip(-1ms);
  EXPECT_NEAR(worker.RoundTrip().count(), 0, 2);
}

}  // namespace
}  // namespace shoal
