// Who computes what, and when: the coordinator's decisions as a pure object.
//
//   events (what happened)  ──► Step(now) ──► actions (what to do)
//
// Calls are cut into items, one per text. Items wait in one queue in the order of their deadlines
// and leave it in batches of a bounded cost, as soon as a worker has granted credit for one:
// workers pull, so a slow worker slows only itself and overload waits here, where it can be
// refused, cancelled or re-ordered. No batching timer: while lanes are busy the next batch grows by
// itself.
//
// 1. Every RequestArrived ends in exactly one FinishCall, and nothing about the call comes after
// it.
// 2. kOk means that every text of the call had its ItemDone.
// 3. Per attach and lane no batch is sent beyond what was granted.
// 4. A call that ended or expired is never sent; what workers hold of it is cancelled.
// 5. An item is at most at one worker. The first answer counts; the answer of an attach that is
// closed,
//    or for an item that is no longer wanted, is ignored and counted as wasted.
//
// All times are µs on one clock that the caller chooses and passes as `now`, never backwards. No
// thread, socket, clock, logger or random device inside: the same events give the same actions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/embed.h"
#include "api/verdict.h"
#include "api/worker_link.h"
#include "scheduler/call_table.h"
#include "scheduler/cost.h"
#include "scheduler/deadline_queue.h"
#include "scheduler/worker_table.h"

namespace shoal {

using std::chrono::microseconds;

struct SchedulerOptions {
  std::uint32_t batch_tokens = 128;  // budget of a batch: 1000 times this, as cost
  std::uint32_t attention_cost = 0;  // K, see cost.h
  std::size_t max_queued_items = 262'144;
  std::size_t max_queued_bytes = std::size_t{256} << 20;
  microseconds no_worker_grace{5'000'000};
  std::uint32_t max_attempts = 3;                 // of one item
  std::size_t max_waiting_without_worker = 1024;  // calls
};

// ---- Events. Spans must live until Step returns. ----

struct RequestArrived {
  CallId call = 0;                           // never used before
  microseconds deadline{0};                  // absolute; the caller gives those without one its own
  std::span<const std::uint32_t> lengths{};  // tokens of each text, at least one text
  std::size_t bytes = 0;                     // memory that the call holds while it is queued
};
// Unknown and finished calls are ignored.
struct RequestCancelled {
  CallId call = 0;
};
// After Welcome was sent; nothing is granted yet. `attach` was never used before.
struct WorkerOpened {
  AttachId attach = 0;
  std::string_view worker_id{};  // until Step returns
  std::uint64_t incarnation = 0;
  std::uint32_t lanes = 0;
  std::uint32_t max_batch_tokens = 0;  // one text alone is sent even if it is longer
  std::uint32_t max_batch_items = 0;
  double alpha_us = 0;  // time of a batch = alpha_us + per_token_us · cost / 1000
  double per_token_us = 0;
};
// Cumulative batches granted since the attach, per lane. Give it after the BatchFinished of the
// same message.
struct CreditGranted {
  AttachId attach = 0;
  std::span<const std::uint64_t> granted{};
};
// A batch that was answered before is ignored and counted as wasted.
struct BatchFinished {
  AttachId attach = 0;
  BatchId batch = 0;
  std::uint32_t lane = 0;
  std::span<const ItemStatus> statuses{};  // in the order of the batch's items
  microseconds held{0};                    // receipt to send, at the worker
  microseconds execution{0};
};
// The stream ended: what it held goes back into the queue. Unknown attaches are ignored.
struct WorkerClosed {
  AttachId attach = 0;
};
// The worker said Drain: it gets no more batches, what it has is awaited.
struct WorkerDraining {
  AttachId attach = 0;
};
// This coordinator drains: newcomers are refused, what was accepted is finished.
struct BeginDrain {};

using SchedulerEvent = std::variant<RequestArrived, RequestCancelled, WorkerOpened, CreditGranted,
                                    BatchFinished, WorkerClosed, WorkerDraining, BeginDrain>;

// ---- Actions. Spans point into the scheduler and live until the next Step. ----

struct SendBatch {
  AttachId attach = 0;
  BatchId batch = 0;  // never used twice, over all workers
  std::uint32_t lane = 0;
  std::span<const SentItem> items{};  // see worker_table.h
};
// Items that this worker holds and nobody wants any more.
struct CancelSentItems {
  AttachId attach = 0;
  std::span<const ItemId> items{};
};
// The worker broke the protocol: close its stream. For the scheduler it is closed already (a later
// WorkerClosed is ignored).
struct CloseWorker {
  AttachId attach = 0;
  std::string_view why{};  // a literal
};
// One vector that counts. Its place in the result of `batch`, whose BatchFinished was in this Step:
// item number `position`, vector number `vector_index` (vectors of kDone items only, in order).
struct ItemDone {
  CallId call = 0;
  std::uint32_t text_index = 0;
  BatchId batch = 0;
  std::uint32_t position = 0;
  std::uint32_t vector_index = 0;
};
// The answer. kOk: all vectors came by ItemDone before.
struct FinishCall {
  CallId call = 0;
  Verdict verdict = Verdict::kInternal;
  std::string_view why{};                    // a literal; empty for kOk
  std::int64_t found = 0;                    // what was met ...
  std::int64_t limit = 0;                    // ... and what is allowed; 0: no numbers to tell
  std::chrono::milliseconds retry_after{0};  // 0: trying again does not help
  std::uint32_t attempts = 1;                // the largest of any text
};

using SchedulerAction = std::variant<SendBatch, CancelSentItems, CloseWorker, ItemDone, FinishCall>;

// "the queue is full (262145 items, limit 262144)": `why` with its numbers, for Refusal::message.
std::string MessageOf(const FinishCall& finish);

// Cumulative.
struct SchedulerCounters {
  std::uint64_t batches_sent = 0;
  std::uint64_t items_sent = 0;
  std::uint64_t items_done = 0;
  std::uint64_t items_requeued = 0;
  std::uint64_t items_wasted = 0;  // results that came too late, twice, or from a closed attach
  std::uint64_t protocol_errors = 0;
};

// Not thread-safe: one owner.
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Replaces `out` by the actions, in this order: SendBatch, CancelSentItems, CloseWorker; then
  // ItemDone; then FinishCall. Workers are fed before replies are written.
  void Step(microseconds now, std::span<const SchedulerEvent> events,
            std::vector<SchedulerAction>& out);

  // When to call Step again even if nothing happens; none: only events matter.
  std::optional<microseconds> NextWakeUp() const;

  std::size_t queued_items() const { return queue_.size(); }
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::size_t open_calls() const { return calls_.size(); }
  const SchedulerCounters& counters() const { return counters_; }
  // Moving average of send-to-result minus held; none: unknown attach.
  std::optional<microseconds> RoundTrip(AttachId attach) const;

 private:
  void Handle(const RequestArrived& event);
  void Handle(const RequestCancelled& event);
  void Handle(const WorkerOpened& event);
  void Handle(const CreditGranted& event);
  void Handle(const BatchFinished& event);
  void Handle(const WorkerClosed& event);
  void Handle(const WorkerDraining& event);
  void Handle(const BeginDrain& event);

  // None: the newcomer may come in.
  std::optional<FinishCall> Refuse(const RequestArrived& event);
  std::chrono::milliseconds RetryHint() const;

  // An item enters or leaves the queue; the call's place among the waiting follows.
  enum class Place { kBack, kFront };
  void Enqueue(Call& call, std::uint32_t text_index, Place place);
  void Dequeue(Call& call, std::uint32_t text_index);

  // The call that still waits for exactly this attempt of the item; null: nobody wants it any more.
  Call* Wanted(const SentItem& sent, BatchId batch);
  // An item comes back without a vector. A blamed attempt counts, and the item rides alone from
  // then.
  enum class Blame { kNobody, kAttempt };
  void Return(Call& call, std::uint32_t text_index, Blame blame);
  void TakeResult(WorkerRecord& worker, RunningBatch& batch, const BatchFinished& event);
  void CountWasted(const BatchFinished& event);
  void CloseAttach(AttachId attach);
  void ProtocolError(AttachId attach, std::string_view why);
  void NoteLiveWorkers();

  // Ends the call: takes its items from the queue and from the workers.
  void Finish(Call& call, FinishCall finish);
  void ExpireCalls();
  void ExpireWaiting();

  void Dispatch(std::vector<SchedulerAction>& out);
  bool FillBatch(LaneRecord& lane, const WorkerRecord& worker);
  void Send(LaneChoice choice, std::vector<SchedulerAction>& out);
  void EmitRecalls(std::vector<SchedulerAction>& out);

  const SchedulerOptions options_;
  const Cost budget_;

  microseconds now_{0};
  std::uint64_t step_ = 0;
  bool draining_ = false;
  bool has_live_worker_ = false;
  microseconds no_worker_since_{0};  // has_live_worker_ is false

  CallTable calls_;
  WorkerTable workers_;
  DeadlineQueue queue_;      // items that wait, by deadline
  DeadlineQueue deadlines_;  // open calls, by deadline
  DeadlineQueue waiting_;    // calls with queued items, by arrival
  Cost queued_cost_ = 0;
  std::size_t queued_bytes_ = 0;

  ItemId next_item_ = 1;
  BatchId next_batch_ = 1;
  SchedulerCounters counters_;

  // Of this Step; kept for their memory.
  std::vector<QueueKey> picked_;
  std::vector<std::pair<AttachId, ItemId>> recalls_;
  std::vector<ItemId> recalled_ids_;
  std::vector<CloseWorker> closes_;
  std::vector<ItemDone> dones_;
  std::vector<FinishCall> finishes_;
  std::vector<std::vector<SentItem>> spare_items_;
};

}  // namespace shoal
