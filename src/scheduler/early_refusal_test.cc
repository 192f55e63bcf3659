#include "scheduler/early_refusal.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

// 1,000 cost per ms; a batch of 10,000 takes 10 ms.
QueueSnapshot Snapshot(Cost urgent, Cost patient) {
  QueueSnapshot snapshot;
  snapshot.pool = {.speed = 1, .per_token_us = 1000, .batch_cost = 10'000, .lanes = 1};
  snapshot.urgent = {.width = 16ms, .speed = 1, .own_speed = 1};
  snapshot.patient = {.width = 128ms, .speed = 0.25, .own_speed = 0.25};
  snapshot.urgent.through.fill(urgent);
  snapshot.patient.through.fill(patient);
  return snapshot;
}

EarlyQuestion Question(std::chrono::microseconds deadline) {
  return {.now = 0us, .deadline = deadline, .least_cost = 3000, .longest_text = 3000};
}

TEST(EarlyRefusal, RefusesWhatTheQueueLeavesNoTimeFor) {
  // 100 ms: 90 ms spare, 45 ms of them for waiting.
  EXPECT_FALSE(RefuseEarly(Snapshot(45'000, 0), Question(100ms)));
  EXPECT_EQ(RefuseEarly(Snapshot(46'000, 0), Question(100ms)), 1ms);
}

TEST(EarlyRefusal, AsksTheQueueThatTheDeadlineBelongsTo) {
  EXPECT_FALSE(RefuseEarly(Snapshot(1'000'000, 0), Question(30s)));
  EXPECT_TRUE(RefuseEarly(Snapshot(0, 30'000'000), Question(30s)));
  EarlyQuestion high = Question(30s);
  high.priority = Priority::kHigh;
  EXPECT_FALSE(RefuseEarly(Snapshot(0, 30'000'000), high));
}

TEST(EarlyRefusal, NeverSaysThatADeadlineCanNeverBeKept) {
  EXPECT_FALSE(RefuseEarly(Snapshot(1'000'000, 0), Question(5ms)));
}

TEST(EarlyRefusal, RefusesNobodyWithoutWorkersAndNoBulk) {
  QueueSnapshot snapshot = Snapshot(1'000'000, 0);
  EarlyQuestion bulk = Question(100ms);
  bulk.priority = Priority::kBulk;
  EXPECT_FALSE(RefuseEarly(snapshot, bulk));
  snapshot.pool = {};
  EXPECT_FALSE(RefuseEarly(snapshot, Question(100ms)));
}

TEST(EarlyRefusal, ATextHasAtLeastAnEighthOfItsBytesAsTokens) {
  EXPECT_EQ(LeastTokens(0, 256), 3u);
  EXPECT_EQ(LeastTokens(80, 256), 10u);
  EXPECT_EQ(LeastTokens(1'000'000, 256), 256u);
}

}  // namespace
}  // namespace shoal
