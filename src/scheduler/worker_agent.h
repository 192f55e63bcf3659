// The worker's side of the credit: when to ask for a batch, what of it to run, what to answer.
//
//   events (link, batches, lanes) ──► Step(now) ──► actions (run, answer, grant)
//
// A lane is one compute thread. It is granted one batch when it is free, and the next one shortly
// before the running one is predicted to end, so that the next batch waits at the lane for about a
// round trip and the lane never waits for it.
//
// 1. Per lane at most one batch runs and one is staged or granted beyond it.
// 2. Every batch of the current attachment gets exactly one answer. Items that were cancelled, or
//    whose time ran out before their batch began, are answered `not_run` and never run.
// 3. Grants are cumulative and start at zero with each attachment. What still runs for an
//    attachment that broke finishes and is not answered. Its lane is granted again only when it is
//    free.
//
// Time is µs on the caller's clock. No thread, socket or clock inside. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "api/worker_link.h"
#include "scheduler/cost.h"

namespace shoal {

struct WorkerAgentOptions {
  std::uint32_t lanes = 1;
  double alpha_us = 0;  // predicted time of a batch = alpha_us + per_token_us · cost / 1000
  double per_token_us = 0;
};

// What a lane is to compute: the items of the batch that are still wanted, by position.
struct RunBatch {
  std::uint32_t lane = 0;
  BatchId batch = 0;
  std::vector<std::uint32_t> positions;  // at least one
};
// The answer of a batch, without its vectors: those of the kDone items come from the lane.
struct AnswerBatch {
  BatchId batch = 0;
  std::uint32_t lane = 0;
  std::vector<ItemStatus> statuses;
  std::chrono::microseconds held{0};
  std::chrono::microseconds execution{0};
};
// The batch is not wanted any more by anybody; forget what you keep of it.
struct DropBatch {
  BatchId batch = 0;
};
struct GrantCredit {
  std::vector<std::uint64_t> granted;
};
// A drain ended: nothing runs and nothing will.
struct AgentFinished {};

using AgentAction = std::variant<RunBatch, AnswerBatch, DropBatch, GrantCredit, AgentFinished>;

class WorkerAgent {
 public:
  explicit WorkerAgent(WorkerAgentOptions options);

  // A coordinator said Welcome.
  void LinkUp(std::chrono::microseconds round_trip, std::uint32_t attention_cost);
  void LinkDown(std::vector<AgentAction>& out);
  void SetRoundTrip(std::chrono::microseconds round_trip) { round_trip_ = round_trip; }
  // The lane exists and the batch has items. False: it exceeds what was granted, and is ignored.
  [[nodiscard]] bool OnBatch(std::chrono::microseconds now, const Batch& batch);
  void OnCancel(std::span<const ItemId> items);
  // The lane's thread is done with `batch`.
  void OnLaneFinished(std::chrono::microseconds now, std::uint32_t lane, BatchId batch,
                      std::chrono::microseconds execution, std::vector<AgentAction>& out);
  // Grants nothing any more; what has not begun is answered `not_run`.
  void Drain() { draining_ = true; }

  // Begins what can begin and grants what can be granted. Call after every event and at NextWakeUp.
  void Step(std::chrono::microseconds now, std::vector<AgentAction>& out);
  std::optional<std::chrono::microseconds> NextWakeUp() const;

  std::vector<std::uint64_t> granted() const;
  // When the batch that has run for longest began.
  std::optional<std::chrono::microseconds> OldestStart() const;

 private:
  struct Item {
    ItemId id = 0;
    std::chrono::microseconds deadline{0};
    std::uint32_t length = 0;
    bool cancelled = false;
    bool runs = false;
  };
  struct HeldBatch {
    BatchId id = 0;
    std::chrono::microseconds received{0};
    std::chrono::microseconds started{0};
    std::chrono::microseconds predicted_end{0};
    bool orphan = false;  // its attachment broke
    std::vector<Item> items;
  };
  struct LaneState {
    std::optional<HeldBatch> running;
    std::optional<HeldBatch> staged;
    std::uint64_t granted = 0;   // in this attachment
    std::uint64_t received = 0;  // in this attachment
  };

  void Begin(std::chrono::microseconds now, std::uint32_t lane, std::vector<AgentAction>& out);
  bool MayGrant(std::chrono::microseconds now, const LaneState& lane) const;
  std::chrono::microseconds EarlyGrantAt(const HeldBatch& running) const;

  const WorkerAgentOptions options_;
  std::vector<LaneState> lanes_;
  std::chrono::microseconds round_trip_{0};
  std::uint32_t attention_cost_ = 0;
  bool attached_ = false;
  bool draining_ = false;
  bool finished_ = false;
};

}  // namespace shoal
