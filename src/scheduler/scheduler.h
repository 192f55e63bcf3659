// Who computes what, and when: the coordinator's decisions as a pure object.
//
//   events (what happened)  ──► Step(now) ──► actions (what to do)
//
// A call is admitted or refused when it arrives (admission.h, fair_share.h, and the room test of
// queue_ring.h); what was admitted is never displaced. It is cut into items, one per text. They
// wait in one of three queues and leave it in batches of a bounded cost, as soon as a worker has
// granted credit for one: workers pull, so a slow worker slows only itself and overload waits here,
// where it can be refused, cancelled or re-ordered. No batching timer: while lanes are busy the
// next batch grows by itself.
//
//   urgent   the deadline is at most 5 s away, or the priority is high
//   patient  later or no deadline: a quarter of the cost while urgent work waits, else all
//   bulk     a twentieth of the cost while others wait, else all; no test but its size
//
// What holds after every Step:
// 1. Every CallOffered ends in exactly one FinishCall, and nothing about the call follows.
// 2. kOk means that every text of the call had its ItemDone.
// 3. Per attachment and lane no batch is sent beyond what was granted.
// 4. A call that ended or expired is never sent; what workers hold of it is cancelled.
// 5. An item is at most at two workers, and at two only by a second attempt (second_attempt.h).
//    The first answer counts. The answer of an attachment that is closed, or for an item that is no
//    longer wanted, is ignored and counted as wasted.
// 6. Workers are blamed only on a clock that stands still while nobody looks (failure_clock.h).
//
// All times are µs on one clock that the caller chooses and passes as `now`, never backwards. No
// thread, socket, clock, logger or random device inside: the same events give the same actions.
//
// The code: scheduler.cc (the Step, calls), scheduler_admission.cc (who may come in),
// scheduler_workers.cc (what workers say), scheduler_failures.cc (what they fail to do),
// scheduler_dispatch.cc (who gets work).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "api/verdict.h"
#include "api/worker_link.h"
#include "base/rng.h"
#include "scheduler/admission.h"
#include "scheduler/best_pool.h"
#include "scheduler/call_table.h"
#include "scheduler/cost.h"
#include "scheduler/counters.h"
#include "scheduler/deadline_queue.h"
#include "scheduler/early_refusal.h"
#include "scheduler/ejection.h"
#include "scheduler/failure_clock.h"
#include "scheduler/fair_share.h"
#include "scheduler/planted_bug.h"
#include "scheduler/poison.h"
#include "scheduler/pool_view.h"
#include "scheduler/queue_ring.h"
#include "scheduler/queue_share.h"
#include "scheduler/retry_hint.h"
#include "scheduler/scheduler_events.h"
#include "scheduler/second_attempt.h"
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
  std::uint64_t seed = 1;                         // spreads the hints when to retry
  bool second_attempts = true;                    // off only to measure what they are worth
  PlantedBug planted_bug = PlantedBug::kNone;     // for the simulation only
};

// Not thread-safe: one owner.
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Replaces `out` by the actions, in this order: SendBatch, CancelSentItems, CloseWorker,
  // WorkerChanged; then ItemDone; then FinishCall. Workers are fed before replies are written.
  void Step(microseconds now, std::span<const SchedulerEvent> events,
            std::vector<SchedulerAction>& out);

  // When to call Step again even if nothing happens; none: only events matter. While a worker is
  // attached never later than 20 ms after the last Step.
  std::optional<microseconds> NextWakeUp() const;

  // How long a Hello of this worker is to be refused still; 0: welcome.
  microseconds StayAway(std::string_view worker_id, microseconds now) const;

  std::size_t queued_items() const;
  std::size_t queued_items(QueueKind kind) const;
  Cost queued_cost(QueueKind kind) const;
  std::size_t queued_bytes() const { return queued_bytes_; }
  // When the call came that has waited longest, of those with something in this queue.
  std::optional<microseconds> OldestArrival(QueueKind kind) const;
  std::size_t open_calls() const { return calls_.size(); }
  const SchedulerCounters& counters() const { return counters_; }
  // Moving average of send-to-result minus held; none: unknown attachment.
  std::optional<microseconds> RoundTrip(AttachmentId attachment) const;
  LaneLoad LoadOf(AttachmentId attachment) const;  // all zero: unknown attachment
  // What admission sees now; of no lane: all zero.
  PoolView Pool(microseconds now);
  // For whoever starts and stops workers, see scaling_signal.h.
  ReadyWorkers Ready() { return workers_.Ready(); }
  // For the test that edges make before they tokenise, see early_refusal.h.
  void TakeSnapshot(microseconds now, QueueSnapshot& snapshot);

 private:
  // What a newcomer is told; kOk: it may come in.
  struct Decision {
    Verdict verdict = Verdict::kOk;
    std::string_view why{};
    std::int64_t found = 0;
    std::int64_t limit = 0;
    microseconds retry_after{0};
    microseconds guard{0};  // kOk
  };
  // A batch that is overdue at a worker: its items may run once more elsewhere.
  struct LateBatch {
    AttachmentId attachment = 0;
    BatchId batch = 0;
  };
  // What a worker held when its attachment ended: who is to blame is seen when its id comes back.
  struct ClosedWorker {
    std::uint64_t incarnation = 0;
    std::set<std::uint64_t> executing{};  // fingerprints
    std::vector<std::pair<CallId, std::uint32_t>> items{};
  };

  // scheduler.cc
  void Handle(const CallOffered& event);
  void Handle(const CallWithdrawn& event);
  void Handle(const OperatorDrain& event);
  void Handle(const OperatorResume& event);
  void Handle(const BeginDrain& event);
  void Enqueue(Call& call, Item& item);
  void PutBack(Item& item, Requeue why);
  void Dequeue(Item& item);
  void NoteQueued(Item& item);
  void ExpireCalls();
  void EndWaiting(Call& call);
  void ExpireWaiting();
  // Ends the call: takes its items from the queue and from the workers.
  void Finish(Call& call, FinishCall finish);
  void NoteCancelled(const Item& item);
  // The copy is wanted no more: what comes of it is wasted for this reason.
  void GiveUp(const Copy& copy, ItemId id, Waste why);
  QueueRing& RingOf(const Call& call) { return rings_[static_cast<std::size_t>(call.kind)]; }
  bool Bug(PlantedBug bug) const { return options_.planted_bug == bug; }

  // scheduler_admission.cc
  QueueKind KindOf(const CallOffered& event) const;
  Call& AddCall(const CallOffered& event);
  // Before anything is kept of it.
  std::optional<FinishCall> RefuseUnseen(const CallOffered& event);
  void AdmitOrRefuse(Call& call);
  void SetPlace(Call& call);
  void DecideWaiting();
  Decision Decide(const Call& call, const PoolView& pool);
  Decision DecideFeasible(const Candidate& candidate) const;
  Decision DecideShare(const Call& call, const PoolView& pool, double speed);
  QueueOutlook SpeedsOf(QueueKind kind, const PoolView& pool) const;
  QueueOutlook OutlookOf(const Call& call, const PoolView& pool) const;
  Cost AheadOfPatient() const;
  void SetLatestStart(Call& call, const PoolView& pool, microseconds guard);

  // scheduler_workers.cc
  void Handle(const WorkerOpened& event);
  void Handle(const WorkerHeard& event);
  void Handle(const CreditGranted& event);
  void Handle(const BatchFinished& event);
  void Handle(const WorkerClosed& event);
  void Handle(const WorkerDraining& event);
  void Reopen(const WorkerOpened& event);
  void TakeResult(WorkerRecord& worker, LaneRecord& lane, RunningBatch& batch,
                  const BatchFinished& event);
  void NoteSpeed(LaneRecord& lane, SendReason reason, Cost executed, microseconds execution);
  void TakeVector(const SentItem& sent, const RunningBatch& batch, std::uint32_t position,
                  std::uint32_t vector_index);
  void TakeBack(const SentItem& sent, BatchId batch, Requeue why);
  // An item that no worker has any more and that is not done goes back into its queue, or its call
  // ends because it was tried too often.
  void Return(Item& item, Requeue why);
  void CountWasted(const BatchFinished& event);
  void CountLost(const RunningBatch& batch);
  void CloseAttachment(AttachmentId attachment);
  void Remember(const WorkerRecord& worker);
  void ProtocolError(AttachmentId attachment, std::string_view why);
  void NoteLiveWorkers();
  void NoteState(const WorkerRecord& worker);

  // scheduler_failures.cc
  void CheckWorkers();
  bool CheckLane(WorkerRecord& worker, LaneRecord& lane, microseconds time);
  void Expect(const WorkerRecord& worker, const LaneRecord& lane, RunningBatch& batch,
              microseconds start);
  void MarkLate(WorkerRecord& worker, LaneRecord& lane, RunningBatch& batch);
  void Recall(const WorkerRecord& worker, RunningBatch& batch);
  void RefreshLate(WorkerRecord& worker);
  // False if the pool cannot spare it.
  bool EjectIfAllowed(AttachmentId attachment, std::string_view why);
  void Forget(AttachmentId attachment, BatchId batch);

  // scheduler_dispatch.cc
  void Dispatch(std::vector<SchedulerAction>& out);
  bool GiveWork(LaneChoice choice, std::vector<SchedulerAction>& out);
  bool TryQueues(LaneChoice choice, std::vector<SchedulerAction>& out);
  bool TryQueue(LaneChoice choice, QueueKind kind, std::vector<SchedulerAction>& out);
  bool TrySecondAttempt(LaneChoice choice, bool only_last_moment,
                        std::vector<SchedulerAction>& out);
  void ProbeSlowLanes(std::vector<SchedulerAction>& out);
  std::optional<FinishCall> AnswerAtDequeue(const Item& item, microseconds round_trip,
                                            bool late_here);
  bool RidesAlone(const Item& item) const;
  bool PickBatch(LaneChoice choice, QueueRing& ring);
  bool PickSecondAttempt(LaneChoice choice, const LateBatch& late, bool only_last_moment);
  void SettleShares(QueueKind sent, Cost cost, const std::array<bool, kQueueKinds>& had_work);
  void Send(LaneChoice choice, SendReason reason, std::vector<SchedulerAction>& out);
  void SendProbe(LaneChoice choice, std::vector<SchedulerAction>& out);
  RunningBatch NewBatch(SendReason reason);
  void Post(LaneChoice choice, RunningBatch batch, std::vector<SchedulerAction>& out);
  void EmitRecalls(std::vector<SchedulerAction>& out);

  const SchedulerOptions options_;
  const Cost budget_;  // of a batch

  microseconds now_{0};
  std::uint64_t step_ = 0;
  bool draining_ = false;
  bool has_live_worker_ = false;
  microseconds no_worker_since_{0};  // has_live_worker_ is false

  CallTable calls_;
  WorkerTable workers_;
  std::array<QueueRing, kQueueKinds> rings_;
  QueueShare patient_share_;
  QueueShare bulk_share_;
  DeadlineQueue deadlines_;  // open calls, by deadline
  ClientTable clients_;
  BestPool best_pool_;
  std::size_t queued_bytes_ = 0;
  std::size_t undecided_ = 0;        // calls that wait until a worker is there
  std::size_t undecided_items_ = 0;  // their texts

  FailureClock failure_clock_;
  microseconds next_check_{0};  // on the failure clock: when a worker may have failed
  std::vector<LateBatch> late_;
  microseconds next_last_moment_ = microseconds::max();
  microseconds next_probe_look_{0};
  SecondAttemptBudget second_attempts_;
  EjectionTable ejections_;
  PoisonTable poison_;
  std::map<std::string, ClosedWorker, std::less<>> closed_;  // by worker id; bounded
  std::set<std::string, std::less<>> drained_;               // worker ids; bounded
  Rng rng_;

  ItemId next_item_ = 1;
  BatchId next_batch_ = 1;
  SchedulerCounters counters_;

  // Of this Step; kept for their memory.
  std::vector<Item*> picked_;
  std::vector<std::pair<AttachmentId, ItemId>> recalls_;
  std::vector<ItemId> recalled_ids_;
  std::vector<CloseWorker> closes_;
  std::vector<WorkerChanged> changes_;
  std::vector<ItemDone> dones_;
  std::vector<FinishCall> finishes_;
  std::vector<std::vector<SentItem>> spare_items_;
};

}  // namespace shoal
