// What workers say: they come, grant, answer and go.
#include "scheduler/scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shoal {

namespace {

constexpr std::uint32_t kMaxLanes = 1024;
constexpr int kFailuresInRow = 3;
// Workers whose end is remembered, and texts of each.
constexpr std::size_t kMaxClosed = 256;
constexpr std::size_t kMaxRemembered = 4096;
// A text with this much blame that has used its attempts is called poison.
constexpr int kPoisonSuspicion = 2;

bool Sane(const WorkerOpened& event) {
  return event.lanes > 0 && event.lanes <= kMaxLanes && event.max_batch_items > 0 &&
         std::isfinite(event.alpha_us) && event.alpha_us >= 0 &&
         std::isfinite(event.per_token_us) && event.per_token_us > 0;
}

}  // namespace

void Scheduler::Handle(const WorkerOpened& event) {
  if (!Sane(event)) {
    ProtocolError(event.attachment, "lanes, batch limits or speed of its Hello are out of range");
    return;
  }
  Reopen(event);
  WorkerRecord worker = {.attachment = event.attachment,
                         .worker_id = std::string(event.worker_id),
                         .incarnation = event.incarnation,
                         .max_batch_tokens = event.max_batch_tokens,
                         .max_batch_items = event.max_batch_items,
                         .drained = drained_.contains(event.worker_id),
                         .heard = failure_clock_.time()};
  worker.lanes.resize(event.lanes, LaneRecord{.speed = {event.alpha_us, event.per_token_us}});
  workers_.Add(worker);
  next_check_ = std::min(next_check_, failure_clock_.time());
  if (worker.drained) NoteState(worker);
  NoteLiveWorkers();
}

// A worker id is back. The same incarnation: the network broke, not the worker, so what still waits
// gets its attempt back. A new one: whatever it was executing may have taken it down.
void Scheduler::Reopen(const WorkerOpened& event) {
  const auto place = closed_.find(event.worker_id);
  if (place == closed_.end()) return;
  const ClosedWorker& closed = place->second;
  if (closed.incarnation == event.incarnation && !Bug(PlantedBug::kResetBlamed)) {
    for (const auto& [id, index] : closed.items) {
      Call* call = calls_.Find(id);
      if (call == nullptr) continue;
      Item& item = call->items[index];
      if (!item.queued || item.attempt == 0) continue;
      --item.attempt;
      ++counters_.attempts_given_back;
    }
  } else {
    for (const std::uint64_t text : closed.executing) {
      ++counters_.poison_blamed;
      if (poison_.Blame(now_, text) == PoisonTable::kBan) ++counters_.poison_banned;
    }
  }
  closed_.erase(place);
}

void Scheduler::Handle(const WorkerHeard& event) {
  WorkerRecord* worker = workers_.Find(event.attachment);
  if (worker != nullptr) worker->heard = failure_clock_.time();
}

void Scheduler::Handle(const CreditGranted& event) {
  WorkerRecord* worker = workers_.Find(event.attachment);
  if (worker == nullptr) return;
  worker->heard = failure_clock_.time();
  if (event.granted.size() != worker->lanes.size()) {
    ProtocolError(event.attachment, "a grant has another number of lanes than its Hello");
    return;
  }
  workers_.TouchWork();
  for (std::size_t i = 0; i < event.granted.size(); ++i) {
    if (!worker->lanes[i].credit.Grant(event.granted[i])) {
      ProtocolError(event.attachment, "a grant took back credit");
      return;
    }
  }
}

void Scheduler::Handle(const BatchFinished& event) {
  WorkerRecord* worker = workers_.Find(event.attachment);
  if (worker == nullptr) {
    CountWasted(event);
    return;
  }
  worker->heard = failure_clock_.time();
  if (event.lane >= worker->lanes.size()) {
    ProtocolError(event.attachment, "a result names a lane that the worker has not");
    return;
  }
  LaneRecord& lane = worker->lanes[event.lane];
  std::vector<RunningBatch>& batches = lane.batches;
  const auto place = std::find_if(batches.begin(), batches.end(),
                                  [&](const RunningBatch& b) { return b.id == event.batch; });
  if (place == batches.end() && event.batch < next_batch_ && worker->Find(event.batch) == nullptr) {
    CountWasted(event);  // answered before
    return;
  }
  if (place == batches.end() || place->items.size() != event.statuses.size()) {
    ProtocolError(event.attachment, "a result fits no batch that the lane has");
    return;
  }
  RunningBatch batch = std::move(*place);
  batches.erase(place);
  // The next one begins now, whatever was expected.
  if (!batches.empty()) Expect(*worker, lane, batches.front(), now_);
  TakeResult(*worker, lane, batch, event);
  batch.items.clear();
  spare_items_.push_back(std::move(batch.items));
}

void Scheduler::CountWasted(const BatchFinished& event) {
  counters_.items_wasted += static_cast<std::uint64_t>(
      std::count(event.statuses.begin(), event.statuses.end(), ItemStatus::kDone));
}

// What a lane was executing as its worker was lost.
void Scheduler::CountLost(const RunningBatch& batch) {
  if (batch.reason == SendReason::kProbe) return;
  for (const SentItem& sent : batch.items) {
    counters_.cost_wasted.Add(Waste::kRequeued, CostOf(sent.length, options_.attention_cost));
  }
}

void Scheduler::TakeResult(WorkerRecord& worker, LaneRecord& lane, RunningBatch& batch,
                           const BatchFinished& event) {
  worker.SampleRoundTrip(now_ - batch.sent - event.held);
  Cost executed = 0;
  bool failed = false;
  std::uint32_t vector_index = 0;
  for (std::uint32_t position = 0; position < batch.items.size(); ++position) {
    const ItemStatus status = event.statuses[position];
    failed = failed || status == ItemStatus::kFailed ||
             (status == ItemStatus::kNotRun && Bug(PlantedBug::kBackPressureBlamed));
    if (status != ItemStatus::kNotRun) {
      executed += CostOf(batch.items[position].length, options_.attention_cost);
    }
    if (status == ItemStatus::kDone && batch.reason != SendReason::kProbe) {
      TakeVector(batch.items[position], batch, position, vector_index++);
    }
  }
  // Backwards, so that what comes back keeps its order at the front of its bucket.
  for (std::size_t position = batch.items.size(); position-- > 0;) {
    const ItemStatus status = event.statuses[position];
    if (status == ItemStatus::kDone) continue;
    TakeBack(batch.items[position], batch.id,
             status == ItemStatus::kFailed ? Requeue::kFailed : Requeue::kNotRun);
  }
  NoteSpeed(lane, batch.reason, executed, event.execution);
  Forget(worker.attachment, batch.id);
  workers_.Touch();
  RefreshLate(worker);
  if (executed > 0) second_attempts_.OnBatchFinished(static_cast<int>(workers_.lane_count()));
  worker.failed_in_row = failed ? worker.failed_in_row + 1 : 0;
  if (!failed && executed > 0 && !ejections_.empty()) ejections_.OnGoodBatch(worker.worker_id);
  if (worker.failed_in_row < kFailuresInRow) return;
  worker.failed_in_row = 0;
  if (EjectIfAllowed(worker.attachment, "its batches keep failing")) ++counters_.workers_failing;
}

void Scheduler::NoteSpeed(LaneRecord& lane, SendReason reason, Cost executed,
                          microseconds execution) {
  const double believed = lane.speed.ratio();
  const bool probe = reason == SendReason::kProbe;
  double sample = believed;
  if (executed > 0) sample = lane.speed.Sample(executed, execution, probe);
  if (probe) {
    lane.probe.OnProbe(now_, sample, believed);
  } else {
    lane.probe.OnResult(now_);
  }
}

void Scheduler::TakeVector(const SentItem& sent, const RunningBatch& batch, std::uint32_t position,
                           std::uint32_t vector_index) {
  const Cost cost = CostOf(sent.length, options_.attention_cost);
  Call* call = calls_.Find(sent.call);
  const bool wanted = call != nullptr && !call->items[sent.text_index].done;
  const bool again = Bug(PlantedBug::kSecondResultDelivered) && call != nullptr;
  if (!wanted && !again) {
    ++counters_.items_wasted;
    counters_.cost_wasted.Add(sent.waste, cost);
    if (batch.reason == SendReason::kSecondAttempt) ++counters_.second_attempts_lost;
    return;
  }
  Item& item = call->items[sent.text_index];
  item.DropCopy(batch.id);
  if (item.queued) Dequeue(item);
  for (Copy& copy : item.copies) {
    if (copy.batch == 0) continue;
    if (batch.reason == SendReason::kSecondAttempt) ++counters_.second_attempts_won;
    recalls_.emplace_back(copy.attachment, sent.id);
    GiveUp(copy, sent.id, Waste::kSecondAttempt);
    copy = {};
  }
  if (!poison_.empty() && !Bug(PlantedBug::kBlameNotCleared)) poison_.Clear(item.fingerprint);
  ++counters_.items_done;
  counters_.cost_done += cost;
  dones_.push_back({sent.call, sent.text_index, batch.id, position, vector_index});
  if (!wanted) return;
  item.done = true;
  if (--call->open == 0) Finish(*call, {.verdict = Verdict::kOk});
}

// An attempt counts where the worker may be at fault, or the item.
void Scheduler::TakeBack(const SentItem& sent, BatchId batch, Requeue why) {
  Call* call = calls_.Find(sent.call);
  if (call == nullptr) return;
  Item& item = call->items[sent.text_index];
  if (!item.DropCopy(batch) || item.done) return;
  if (why == Requeue::kNotRun || why == Requeue::kLate) {
    --item.attempt;
  } else if (!std::exchange(item.alone, true)) {
    ++counters_.items_set_alone;
  }
  Return(item, why);
}

void Scheduler::Return(Item& item, Requeue why) {
  if (item.queued || item.Running() > 0) return;
  Call& call = *item.call;
  if (item.attempt < options_.max_attempts) {
    PutBack(item, why);
    return;
  }
  if (!poison_.empty() && poison_.blame(now_, item.fingerprint) >= kPoisonSuspicion) {
    Finish(call, {.verdict = Verdict::kPoisonInput,
                  .why = "a text takes down every worker that tries it"});
    return;
  }
  Finish(call, {.verdict = Verdict::kAttemptsExhausted,
                .why = "a text failed at the workers as often as it may be tried",
                .found = item.attempt,
                .limit = options_.max_attempts,
                .retry_after = kRetryLater});
}

void Scheduler::Handle(const WorkerClosed& event) { CloseAttachment(event.attachment); }

void Scheduler::Handle(const WorkerDraining& event) {
  WorkerRecord* worker = workers_.Find(event.attachment);
  if (worker == nullptr) return;
  worker->heard = failure_clock_.time();
  worker->draining = true;
  workers_.Touch();
  NoteLiveWorkers();
}

void Scheduler::CloseAttachment(AttachmentId attachment) {
  WorkerRecord* worker = workers_.Find(attachment);
  if (worker == nullptr) return;
  Remember(*worker);
  const WorkerRecord closed = std::move(*worker);
  workers_.Remove(attachment);
  for (auto lane = closed.lanes.rbegin(); lane != closed.lanes.rend(); ++lane) {
    for (auto batch = lane->batches.rbegin(); batch != lane->batches.rend(); ++batch) {
      Forget(attachment, batch->id);
      if (batch->id == lane->batches.front().id) CountLost(*batch);
      for (auto sent = batch->items.rbegin(); sent != batch->items.rend(); ++sent) {
        TakeBack(*sent, batch->id, Requeue::kWorkerLost);
      }
    }
  }
  NoteLiveWorkers();
}

// The first batch of each lane was executing; the second too, if the first should have been back.
// The end of a worker is held against a text once, however often it was in there.
void Scheduler::Remember(const WorkerRecord& worker) {
  ClosedWorker closed = {.incarnation = worker.incarnation};
  for (const LaneRecord& lane : worker.lanes) {
    for (std::size_t i = 0; i < lane.batches.size(); ++i) {
      const bool executing = i == 0 || lane.batches.front().expected_end <= now_;
      for (const SentItem& sent : lane.batches[i].items) {
        Call* call = calls_.Find(sent.call);
        if (call == nullptr || closed.items.size() >= kMaxRemembered) continue;
        const Item& item = call->items[sent.text_index];
        if (item.HasCopy(lane.batches[i].id)) closed.items.emplace_back(sent.call, sent.text_index);
        const std::uint64_t text = item.fingerprint;
        if (executing && text != 0) closed.executing.insert(text);
      }
    }
  }
  if (closed.items.empty() && closed.executing.empty()) return;
  if (closed_.size() >= kMaxClosed) closed_.erase(closed_.begin());
  closed_.insert_or_assign(worker.worker_id, std::move(closed));
}

void Scheduler::ProtocolError(AttachmentId attachment, std::string_view why) {
  ++counters_.protocol_errors;
  closes_.push_back({.attachment = attachment, .why = why});
  CloseAttachment(attachment);
}

void Scheduler::NoteLiveWorkers() {
  const bool had = std::exchange(has_live_worker_, workers_.HasLive());
  if (had && !has_live_worker_) no_worker_since_ = now_;
  if (!had && has_live_worker_) DecideWaiting();
}

void Scheduler::NoteState(const WorkerRecord& worker) {
  WorkerState state = worker.late() ? WorkerState::kLate : WorkerState::kReady;
  if (worker.draining) state = WorkerState::kDraining;
  if (worker.drained) state = WorkerState::kDrained;
  changes_.push_back({worker.attachment, state});
}

}  // namespace shoal
