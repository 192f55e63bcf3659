// What the tests of the scheduler share: events are given by a line, actions are sorted by kind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

#include "scheduler/scheduler.h"

namespace shoal {

inline constexpr auto kDone = ItemStatus::kDone;
inline constexpr auto kFailed = ItemStatus::kFailed;
inline constexpr auto kNotRun = ItemStatus::kNotRun;

// Batches of 100 tokens; workers of 100 µs a token, so 10 ms for a full batch.
inline SchedulerOptions Options() { return {.batch_tokens = 100}; }

// Keeps what events point to, and sorts the actions of the last Step by kind.
class SchedulerTest : public testing::Test {
 protected:
  explicit SchedulerTest(SchedulerOptions options = Options()) : scheduler_(options) {}

  void Step(microseconds now, std::vector<SchedulerEvent> events = {}) {
    scheduler_.Step(now, events, out_);
  }
  CallOffered Arrive(CallId call, microseconds deadline, std::vector<std::uint32_t> lengths,
                     std::size_t bytes = 10) {
    return {call, deadline, lengths_.emplace_back(std::move(lengths)), bytes};
  }
  static WorkerOpened Open(AttachmentId attachment, std::uint32_t lanes = 1,
                           double per_token_us = 100, std::string_view worker_id = "w") {
    return {attachment, worker_id, attachment, lanes, 1000, 1000, 0, per_token_us};
  }
  CreditGranted Credit(AttachmentId attachment, std::vector<std::uint64_t> granted) {
    return {attachment, grants_.emplace_back(std::move(granted))};
  }
  BatchFinished Result(AttachmentId attachment, BatchId batch, std::vector<ItemStatus> statuses,
                       std::uint32_t lane = 0) {
    return {attachment,
            batch,
            lane,
            statuses_.emplace_back(std::move(statuses)),
            microseconds(1000),
            microseconds(1000)};
  }

  template <typename T>
  std::vector<T> All() const {
    std::vector<T> all;
    for (const SchedulerAction& action : out_) {
      if (const T* found = std::get_if<T>(&action)) all.push_back(*found);
    }
    return all;
  }
  // The calls of the items of each batch sent in the last Step.
  std::vector<std::vector<CallId>> Sent() const {
    std::vector<std::vector<CallId>> sent;
    for (const SendBatch& batch : All<SendBatch>()) {
      sent.emplace_back();
      for (const SentItem& item : batch.items) sent.back().push_back(item.call);
    }
    return sent;
  }
  // The verdict of the only call that the last Step finished.
  FinishCall Finished() const {
    const std::vector<FinishCall> all = All<FinishCall>();
    EXPECT_THAT(all, testing::SizeIs(1));
    return all.empty() ? FinishCall{} : all.front();
  }

  std::deque<std::vector<std::uint32_t>> lengths_;
  std::deque<std::vector<std::uint64_t>> grants_;
  std::deque<std::vector<ItemStatus>> statuses_;
  Scheduler scheduler_;
  std::vector<SchedulerAction> out_;
};

}  // namespace shoal
