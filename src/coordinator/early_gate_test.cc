#include "coordinator/early_gate.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds kNow{1'000'000};

// One lane of 10 cost/µs, that is 12.8 ms a batch, and `queued` cost in front.
QueueSnapshot Queue(Cost queued) {
  QueueSnapshot snapshot;
  snapshot.pool = {.speed = 10, .per_token_us = 100, .batch_cost = 128'000, .lanes = 1};
  for (QueueOutline* outline : {&snapshot.urgent, &snapshot.patient}) {
    outline->width = microseconds(16'000);
    outline->speed = outline->own_speed = 10;
    outline->through.fill(queued);
  }
  return snapshot;
}

EmbedRequest Request(std::size_t bytes, Priority priority = Priority::kNormal) {
  return {.texts = {std::string(bytes, 'x')}, .priority = priority};
}

EarlyGate::Call Within(milliseconds deadline, CallId id = 1) {
  return {.now = kNow, .deadline = kNow + deadline, .call = id};
}

class EarlyGateTest : public testing::Test {
 protected:
  EarlyGate gate_{{.max_tokens = 256}};
};

TEST_F(EarlyGateTest, WithoutASnapshotNobodyIsRefused) {
  EXPECT_FALSE(gate_.Check(Request(100), Within(milliseconds(50))));
}

TEST_F(EarlyGateTest, ACallThatTheQueueLeavesNoTimeIsOverloadedAndToldWhenToTryAgain) {
  gate_.Publish(kNow, Queue(10'000'000));  // a second of work
  const auto refusal = gate_.Check(Request(100), Within(milliseconds(300)));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->verdict, Verdict::kOverloaded);
  EXPECT_GE(refusal->retry_after, milliseconds(500));
  EXPECT_LE(refusal->retry_after, milliseconds(1200));
  EXPECT_EQ(gate_.refused(), 1u);
}

TEST_F(EarlyGateTest, HintsAreSpread) {
  gate_.Publish(kNow, Queue(10'000'000));
  const auto first = gate_.Check(Request(100), Within(milliseconds(300), 1));
  const auto second = gate_.Check(Request(100), Within(milliseconds(300), 2));
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->retry_after, second->retry_after);
}

TEST_F(EarlyGateTest, ACallThatHasTimeGoesOnToTheScheduler) {
  gate_.Publish(kNow, Queue(100'000));  // 10 ms of work
  EXPECT_FALSE(gate_.Check(Request(100), Within(milliseconds(300))));
  EXPECT_EQ(gate_.refused(), 0u);
}

TEST_F(EarlyGateTest, BulkIsNeverRefusedHere) {
  gate_.Publish(kNow, Queue(100'000'000));
  EXPECT_FALSE(gate_.Check(Request(100, Priority::kBulk), Within(milliseconds(300))));
}

TEST_F(EarlyGateTest, AnOldSnapshotRefusesNobody) {
  gate_.Publish(kNow - milliseconds(51), Queue(10'000'000));
  EXPECT_FALSE(gate_.Check(Request(100), Within(milliseconds(300))));
}

}  // namespace
}  // namespace shoal
