// The policies that Shoal is compared with do what their names say.
#include "table_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace shoal::table {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr microseconds kFar{10'000'000};

// A policy with two lanes, and what it did in the last Step.
class TwoLanes {
 public:
  explicit TwoLanes(PolicyKind kind) : policy_(kind, Pool{}, 1) {
    for (const AttachmentId attachment : {1u, 2u}) {
      Do(WorkerOpened{.attachment = attachment, .worker_id = "w", .lanes = 1});
    }
  }

  void At(std::int64_t ms) { now_ = microseconds(1000 * ms); }
  void Do(const SchedulerEvent& event) { policy_.Step(now_, {&event, 1}, actions_); }
  void Arrive(CallId call, std::vector<std::uint32_t> lengths, microseconds deadline = kFar) {
    Do(CallOffered{.call = call, .deadline = deadline, .lengths = lengths});
  }
  // One more batch; what is sent for it.
  void Grant(AttachmentId attachment) {
    const std::vector<std::uint64_t> granted{++granted_[attachment]};
    Do(CreditGranted{.attachment = attachment, .granted = granted});
  }

  // (call, worker) of every text that was sent.
  std::vector<std::pair<CallId, AttachmentId>> Sent() const {
    std::vector<std::pair<CallId, AttachmentId>> sent;
    for (const SchedulerAction& action : actions_) {
      if (const auto* batch = std::get_if<SendBatch>(&action)) {
        for (const SentItem& item : batch->items) sent.emplace_back(item.call, batch->attachment);
      }
    }
    return sent;
  }
  std::vector<std::pair<CallId, Verdict>> Finished() const {
    std::vector<std::pair<CallId, Verdict>> finished;
    for (const SchedulerAction& action : actions_) {
      if (const auto* f = std::get_if<FinishCall>(&action)) {
        finished.emplace_back(f->call, f->verdict);
      }
    }
    return finished;
  }

 private:
  Baseline policy_;
  microseconds now_{0};
  std::map<AttachmentId, std::uint64_t> granted_;
  std::vector<SchedulerAction> actions_;
};

std::pair<CallId, AttachmentId> To(CallId call, AttachmentId attachment) {
  return {call, attachment};
}

TEST(TableBaseline, RoundRobinTakesTheLanesInTurnWhateverTheyHave) {
  TwoLanes world(PolicyKind::kRoundRobin);
  world.Arrive(1, {100});
  world.Arrive(2, {10});
  world.Arrive(3, {10});
  world.Grant(1);
  EXPECT_THAT(world.Sent(), ElementsAre(To(1, 1), To(3, 1)));
  world.Grant(2);
  EXPECT_THAT(world.Sent(), ElementsAre(To(2, 2)));
}

TEST(TableBaseline, LeastLoadedTakesTheLaneWithTheLeastWork) {
  TwoLanes world(PolicyKind::kLeastLoaded);
  world.Arrive(1, {100});
  world.Arrive(2, {10});
  world.Arrive(3, {10});
  world.Grant(2);
  EXPECT_THAT(world.Sent(), ElementsAre(To(2, 2), To(3, 2)));
}

TEST(TableBaseline, TwoChoicesKnowsTheLoadsOf50MsAgo) {
  TwoLanes world(PolicyKind::kTwoChoices);
  world.Arrive(1, {100});  // to one of two that look idle
  world.At(51);
  world.Arrive(2, {10});
  world.Arrive(3, {10});
  world.Grant(1);
  const bool first_has_one = world.Sent() == std::vector{To(1, 1)};
  if (!first_has_one) {
    EXPECT_THAT(world.Sent(), ElementsAre(To(2, 1), To(3, 1)));
  }
  world.Grant(2);
  if (first_has_one) {
    EXPECT_THAT(world.Sent(), ElementsAre(To(2, 2), To(3, 2)));
  }
}

TEST(TableBaseline, AFifoRefusesWhatWouldMakeItTooLong) {
  TwoLanes world(PolicyKind::kShortFifo);
  world.Arrive(1, std::vector<std::uint32_t>(200, 10));
  EXPECT_THAT(world.Finished(), IsEmpty());
  world.Arrive(2, std::vector<std::uint32_t>(57, 10));
  EXPECT_THAT(world.Finished(), ElementsAre(std::pair(CallId{2}, Verdict::kOverloaded)));
  world.Arrive(3, std::vector<std::uint32_t>(56, 10));
  EXPECT_THAT(world.Finished(), IsEmpty());
}

TEST(TableBaseline, APushedCallIsCutIntoBatchesAndABatchIsOfManyCalls) {
  TwoLanes world(PolicyKind::kRoundRobin);
  world.Arrive(1, {100, 100, 20});  // the third is with the second
  world.Arrive(2, {15});
  world.Grant(1);
  EXPECT_THAT(world.Sent(), ElementsAre(To(1, 1), To(2, 1)));
  world.Grant(2);
  EXPECT_THAT(world.Sent(), ElementsAre(To(1, 2), To(1, 2)));
}

TEST(TableBaseline, WhatHasExpiredIsAnsweredAndNotSent) {
  TwoLanes world(PolicyKind::kLongFifo);
  world.Arrive(1, {10}, microseconds(20'000));
  world.Arrive(2, {10});
  world.At(20);
  world.Grant(1);
  EXPECT_THAT(world.Finished(), ElementsAre(std::pair(CallId{1}, Verdict::kDeadlineExceeded)));
  EXPECT_THAT(world.Sent(), ElementsAre(To(2, 1)));
}

TEST(TableBaseline, ACallIsDoneWhenAllItsTextsAre) {
  TwoLanes world(PolicyKind::kLongFifo);
  world.Arrive(1, {100, 100});
  world.Grant(1);
  world.Grant(2);
  const std::vector<ItemStatus> done{ItemStatus::kDone};
  world.Do(BatchFinished{.attachment = 1, .batch = 1, .statuses = done});
  EXPECT_THAT(world.Finished(), IsEmpty());
  world.Do(BatchFinished{.attachment = 2, .batch = 2, .statuses = done});
  EXPECT_THAT(world.Finished(), ElementsAre(std::pair(CallId{1}, Verdict::kOk)));
}

}  // namespace
}  // namespace shoal::table
