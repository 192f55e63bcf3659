// The rules that Shoal is compared with: push to a lane on arrival, or one queue with
// a limit on its length.
//
// None judges deadlines when it accepts. What expired is dropped before it is sent, and a lane's
// queue is cut into batches of the same budget as Shoal's: they are as good as their idea allows. A
// pushed text waits in its lane's queue; the queue is kept here rather than at the worker, which
// saves it the way there.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "table_policy.h"

namespace shoal::table {

class Baseline : public Policy {
 public:
  // `kind` is none of Shoal's.
  Baseline(PolicyKind kind, const Pool& pool, std::uint64_t seed);

  void Step(microseconds now, std::span<const SchedulerEvent> events,
            std::vector<SchedulerAction>& out) override;
  std::optional<microseconds> NextWakeUp() const override;

 private:
  struct Text {
    CallId call = 0;
    std::uint32_t index = 0;
    std::uint32_t length = 0;
    Cost cost = 0;
  };
  struct Lane {
    AttachmentId attachment = 0;
    std::uint32_t lane = 0;
    std::uint64_t granted = 0;
    std::uint64_t sent = 0;
    Cost load = 0;  // admitted for it and not finished
    std::deque<std::pair<microseconds, Cost>>
        history{};  // of load, the oldest still asked for first
  };
  struct OpenCall {
    microseconds deadline{0};
    std::size_t open = 0;  // texts
  };

  // Other events do not happen to a baseline and are ignored.
  template <typename Event>
  void Handle(const Event&) {}
  void Handle(const CallOffered& event);
  void Handle(const WorkerOpened& event);
  void Handle(const CreditGranted& event);
  void Handle(const BatchFinished& event);

  bool pulled() const { return most_texts_ > 0; }
  // The lane whose queue takes the next piece of a call.
  std::size_t Choose();
  void AddLoad(Lane& lane, Cost change);
  Cost LoadSeen(Lane& lane);
  void Finish(CallId call, Verdict verdict);
  void Expire();
  void Dispatch(std::vector<SchedulerAction>& out);
  // Takes a batch off the queue; the cost of what expired there leaves `load` of its lane.
  std::vector<SentItem> Fill(std::deque<Text>& queue, Lane& lane);
  Lane* Find(AttachmentId attachment, std::uint32_t lane);

  const PolicyKind kind_;
  const Cost batch_cost_;
  const std::uint32_t attention_cost_;
  const std::size_t most_texts_;  // 0: pushed
  Rng rng_;

  microseconds now_{0};
  std::vector<Lane> lanes_;
  std::vector<std::deque<Text>> queues_;  // one a lane, or one for all
  std::size_t queued_texts_ = 0;
  std::size_t turn_ = 0;
  std::map<CallId, OpenCall> calls_;
  std::set<std::pair<microseconds, CallId>> deadlines_;
  std::map<BatchId, std::vector<SentItem>> batches_;
  BatchId next_batch_ = 1;
  ItemId next_item_ = 1;
  std::vector<FinishCall> finishes_;
};

}  // namespace shoal::table
