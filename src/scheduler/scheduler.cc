// A Step is one pass in a fixed order: the clock, what happened, what expired, who failed, and only
// then who gets work. So nothing is sent that the same Step ends, and a lane that comes free can
// serve a call that arrives with it.
//
// Actions are collected by kind while the pass runs and put out at its end, as an event may call
// for several kinds in any order. A call ends in one place, Finish: there its items leave the
// queue, the workers are told to cancel the rest, and its deadline is disarmed. No path can forget
// one of them.
#include "scheduler/scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace shoal {

namespace {

constexpr microseconds kUrgentBucket{16'000};
constexpr microseconds kPatientBucket{128'000};
constexpr int kPatientParts = 4;
constexpr int kBulkParts = 20;
constexpr std::size_t kMaxDrainedIds = 1024;

// A share that the planted mistakes bend.
int PatientParts(PlantedBug bug) {
  if (bug == PlantedBug::kPatientStarves) return 1'000'000;
  return bug == PlantedBug::kPatientTakesMore ? 2 : kPatientParts;
}

}  // namespace

std::string MessageOf(const FinishCall& finish) {
  std::string message(finish.why);
  if (finish.limit == 0) return message;
  const std::string limit = ", limit " + std::to_string(finish.limit);
  if (const std::size_t unit = message.rfind(": "); unit != std::string::npos) {
    return message.insert(unit + 2, std::to_string(finish.found) + " ") + limit;
  }
  return message + " (" + std::to_string(finish.found) + limit + ")";
}

Scheduler::Scheduler(SchedulerOptions options)
    : options_(options),
      budget_(kCostPerToken * options.batch_tokens),
      workers_(budget_, options.planted_bug),
      rings_{QueueRing(kUrgentBucket), QueueRing(kPatientBucket), QueueRing(kPatientBucket)},
      patient_share_(PatientParts(options.planted_bug), budget_),
      bulk_share_(kBulkParts, budget_),
      rng_(options.seed) {
  CHECK(options.batch_tokens > 0, "a batch has room for something");
  CHECK(options.max_attempts > 0, "an item may be tried");
}

void Scheduler::Step(microseconds now, std::span<const SchedulerEvent> events,
                     std::vector<SchedulerAction>& out) {
  CHECK(now >= now_, "time does not go back");
  now_ = now;
  ++step_;
  failure_clock_.Look(now);
  out.clear();
  recalls_.clear();
  closes_.clear();
  changes_.clear();
  dones_.clear();
  finishes_.clear();
  for (std::size_t kind = 0; kind < kQueueKinds; ++kind) {
    if (static_cast<QueueKind>(kind) != QueueKind::kBulk) rings_[kind].Advance(now);
  }
  for (const SchedulerEvent& event : events) {
    std::visit([this](const auto& e) { Handle(e); }, event);
  }
  ExpireCalls();
  CheckWorkers();
  ExpireWaiting();
  Dispatch(out);
  EmitRecalls(out);
  out.insert(out.end(), closes_.begin(), closes_.end());
  for (const WorkerChanged& change : changes_) {
    if (workers_.Find(change.attachment) != nullptr) out.push_back(change);
  }
  out.insert(out.end(), dones_.begin(), dones_.end());
  out.insert(out.end(), finishes_.begin(), finishes_.end());
}

std::optional<microseconds> Scheduler::NextWakeUp() const {
  microseconds next = microseconds::max();
  if (!deadlines_.empty()) next = deadlines_.front().when;
  if (!workers_.empty()) {
    next = std::min({next, now_ + FailureClock::kLongestLook, next_last_moment_});
    if (next_check_ != microseconds::max()) {
      next = std::min(next, failure_clock_.When(next_check_));
    }
  }
  if (!has_live_worker_) {
    for (const Call* call = calls_.oldest(); call != nullptr; call = call->newer) {
      if (call->admitted && call->queued == 0) continue;
      next = std::min(next, std::max(call->arrived, no_worker_since_) + options_.no_worker_grace);
      break;
    }
  }
  if (next == microseconds::max()) return std::nullopt;
  return next;
}

microseconds Scheduler::StayAway(std::string_view worker_id, microseconds now) const {
  return ejections_.StayAway(now, worker_id);
}

std::size_t Scheduler::queued_items() const {
  std::size_t items = undecided_items_;
  for (const QueueRing& ring : rings_) items += ring.size();
  return items;
}

std::size_t Scheduler::queued_items(QueueKind kind) const {
  return rings_[static_cast<std::size_t>(kind)].size();
}

Cost Scheduler::queued_cost(QueueKind kind) const {
  return rings_[static_cast<std::size_t>(kind)].cost();
}

std::optional<microseconds> Scheduler::OldestArrival(QueueKind kind) const {
  if (queued_items(kind) == 0) return std::nullopt;
  for (const Call* call = calls_.oldest(); call != nullptr; call = call->newer) {
    if (call->kind == kind && call->queued > 0) return call->arrived;
  }
  return std::nullopt;
}

std::optional<microseconds> Scheduler::RoundTrip(AttachmentId attachment) const {
  const WorkerRecord* worker = workers_.Find(attachment);
  if (worker == nullptr) return std::nullopt;
  return worker->RoundTrip();
}

LaneLoad Scheduler::LoadOf(AttachmentId attachment) const {
  LaneLoad load;
  const WorkerRecord* worker = workers_.Find(attachment);
  if (worker == nullptr) return load;
  for (const LaneRecord& lane : worker->lanes) {
    load.credit += static_cast<std::uint32_t>(lane.credit.granted() - lane.credit.sent());
    load.in_flight += static_cast<std::uint32_t>(lane.batches.size());
  }
  return load;
}

PoolView Scheduler::Pool(microseconds now) { return workers_.View(now); }

void Scheduler::Handle(const CallOffered& event) {
  CHECK(!event.lengths.empty(), "the edge refuses a request without texts");
  CHECK(event.fingerprints.empty() || event.fingerprints.size() == event.lengths.size(),
        "one fingerprint per text, or none");
  if (const std::optional<FinishCall> refusal = RefuseUnseen(event)) {
    finishes_.push_back(*refusal);
    return;
  }
  Call& call = AddCall(event);
  if (has_live_worker_) {
    AdmitOrRefuse(call);
    return;
  }
  call.waiting = true;
  ++undecided_;
  undecided_items_ += call.items.size();
  queued_bytes_ += call.bytes;
}

void Scheduler::Handle(const CallWithdrawn& event) {
  Call* call = calls_.Find(event.call);
  if (call == nullptr) return;
  Finish(*call, {.verdict = Verdict::kCancelled, .why = "the caller cancelled"});
}

void Scheduler::Handle(const OperatorDrain& event) {
  if (drained_.size() >= kMaxDrainedIds) return;
  drained_.emplace(event.worker_id);
  WorkerRecord* worker = workers_.FindById(event.worker_id);
  if (worker == nullptr || worker->drained) return;
  worker->drained = true;
  workers_.Touch();
  NoteState(*worker);
  NoteLiveWorkers();
}

void Scheduler::Handle(const OperatorResume& event) {
  const auto place = drained_.find(event.worker_id);
  if (place != drained_.end()) drained_.erase(place);
  WorkerRecord* worker = workers_.FindById(event.worker_id);
  if (worker == nullptr || !worker->drained) return;
  worker->drained = false;
  workers_.Touch();
  NoteState(*worker);
  NoteLiveWorkers();
}

void Scheduler::Handle(const BeginDrain&) { draining_ = true; }

void Scheduler::Enqueue(Call& call, Item& item) {
  QueueRing& ring = RingOf(call);
  // Work that was admitted at full speed goes before a queue that only begins.
  if (ring.empty()) {
    const Cost urgent = queued_cost(QueueKind::kUrgent);
    if (call.kind == QueueKind::kPatient) {
      patient_share_.Begin(Bug(PlantedBug::kBalanceNotCarried) ? 0 : urgent);
    }
    if (call.kind == QueueKind::kBulk) {
      bulk_share_.Begin(urgent + queued_cost(QueueKind::kPatient));
    }
  }
  ring.PushBack(item);
  NoteQueued(item);
}

void Scheduler::PutBack(Item& item, Requeue why) {
  QueueRing& ring = RingOf(*item.call);
  if (Bug(PlantedBug::kDeadlineResetOnRequeue)) {
    item.bucket = ring.BucketOf(now_ + (item.call->deadline - item.call->arrived));
  }
  if (Bug(PlantedBug::kRequeueAtTail)) {
    ring.PushBack(item);
  } else {
    ring.PushFront(item);
  }
  counters_.items_requeued.Add(why);
  NoteQueued(item);
}

void Scheduler::NoteQueued(Item& item) {
  Call& call = *item.call;
  if (call.kind != QueueKind::kBulk) {
    clients_.Add(call.client, static_cast<std::size_t>(call.kind), item.cost);
  }
  if (call.queued++ == 0) queued_bytes_ += call.bytes;
}

void Scheduler::Dequeue(Item& item) {
  Call& call = *item.call;
  RingOf(call).Erase(item);
  if (call.kind != QueueKind::kBulk) {
    clients_.Remove(call.client, static_cast<std::size_t>(call.kind), item.cost);
  }
  if (--call.queued == 0) queued_bytes_ -= call.bytes;
}

void Scheduler::ExpireCalls() {
  while (!deadlines_.empty() && deadlines_.front().when <= now_) {
    Call* call = calls_.Find(deadlines_.front().call);
    if (call == nullptr) {  // only with PlantedBug::kTimerNotDisarmed
      deadlines_.Erase(deadlines_.front());
      ++counters_.deadlines_fired;
      continue;
    }
    Finish(*call, {.verdict = Verdict::kDeadlineExceeded,
                   .why = "the deadline passed before all texts were computed"});
  }
}

void Scheduler::EndWaiting(Call& call) {
  call.waiting = false;
  --undecided_;
  undecided_items_ -= call.items.size();
  queued_bytes_ -= call.bytes;
}

void Scheduler::ExpireWaiting() {
  if (has_live_worker_) return;
  for (Call* call = calls_.oldest(); call != nullptr;) {
    Call* const newer = call->newer;
    const bool waits = !call->admitted || call->queued > 0;
    if (waits) {
      if (std::max(call->arrived, no_worker_since_) + options_.no_worker_grace > now_) return;
      Finish(*call, {.verdict = Verdict::kNoWorkers,
                     .why = "no worker came in the time that a request waits for one",
                     .retry_after = kRetryLater});
    }
    call = newer;
  }
}

void Scheduler::Finish(Call& call, FinishCall finish) {
  finish.call = call.id;
  finish.queue = call.kind;
  finish.admitted = call.admitted;
  const bool is_cancelled = finish.verdict == Verdict::kCancelled;
  if (call.waiting) EndWaiting(call);
  for (Item& item : call.items) {
    finish.attempts = std::max(finish.attempts, item.attempt);
    if (is_cancelled) NoteCancelled(item);
    if (item.queued) Dequeue(item);
    if (call.admitted && !item.done && item.attempt == 0) {
      (is_cancelled ? counters_.cost_saved_cancelled : counters_.cost_saved_expired) += item.cost;
    }
    for (const Copy& copy : item.copies) {
      if (copy.batch == 0) continue;
      recalls_.emplace_back(copy.attachment, call.first_item + item.index);
      GiveUp(copy, call.first_item + item.index, is_cancelled ? Waste::kCancelled : Waste::kLate);
    }
  }
  if (!Bug(PlantedBug::kTimerNotDisarmed) || finish.verdict == Verdict::kDeadlineExceeded) {
    deadlines_.Erase(call.deadline_key);
    ++(call.deadline <= now_ ? counters_.deadlines_fired : counters_.deadlines_disarmed);
  }
  calls_.Remove(call.id);
  finishes_.push_back(finish);
}

void Scheduler::NoteCancelled(const Item& item) {
  if (item.queued) counters_.items_cancelled.Add(CancelPlace::kQueue);
  for (const Copy& copy : item.copies) {
    const WorkerRecord* worker = workers_.Find(copy.attachment);
    if (copy.batch == 0 || worker == nullptr) continue;
    counters_.items_cancelled.Add(worker->IsStaged(copy.batch) ? CancelPlace::kStaged
                                                               : CancelPlace::kWorker);
  }
}

void Scheduler::GiveUp(const Copy& copy, ItemId id, Waste why) {
  WorkerRecord* worker = workers_.Find(copy.attachment);
  if (worker == nullptr) return;
  for (LaneRecord& lane : worker->lanes) {
    for (RunningBatch& batch : lane.batches) {
      if (batch.id != copy.batch) continue;
      for (SentItem& sent : batch.items) {
        if (sent.id == id) sent.waste = why;
      }
      return;
    }
  }
}

}  // namespace shoal
