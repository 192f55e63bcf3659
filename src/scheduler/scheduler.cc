#include "scheduler/scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace shoal {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kRetryLater{1000};  // nobody here can do it now
constexpr milliseconds kShortestRetry{10};
constexpr milliseconds kLongestRetry{5000};
constexpr std::uint32_t kMaxLanes = 1024;

bool Sane(const WorkerOpened& event) {
  return event.lanes > 0 && event.lanes <= kMaxLanes && event.max_batch_items > 0 &&
         std::isfinite(event.alpha_us) && event.alpha_us >= 0 &&
         std::isfinite(event.per_token_us) && event.per_token_us > 0;
}

}  // namespace

std::string MessageOf(const FinishCall& finish) {
  std::string message(finish.why);
  if (finish.limit != 0) {
    message +=
        " (" + std::to_string(finish.found) + ", limit " + std::to_string(finish.limit) + ")";
  }
  return message;
}

Scheduler::Scheduler(SchedulerOptions options)
    : options_(options), budget_(kCostPerToken * options.batch_tokens) {
  CHECK(options.batch_tokens > 0, "a batch has room for something");
  CHECK(options.max_attempts > 0, "an item may be tried");
}

void Scheduler::Step(microseconds now, std::span<const SchedulerEvent> events,
                     std::vector<SchedulerAction>& out) {
  CHECK(now >= now_, "time does not go back");
  now_ = now;
  ++step_;
  out.clear();
  recalls_.clear();
  closes_.clear();
  dones_.clear();
  finishes_.clear();
  for (const SchedulerEvent& event : events) {
    std::visit([this](const auto& e) { Handle(e); }, event);
  }
  ExpireCalls();
  ExpireWaiting();
  Dispatch(out);
  EmitRecalls(out);
  out.insert(out.end(), closes_.begin(), closes_.end());
  out.insert(out.end(), dones_.begin(), dones_.end());
  out.insert(out.end(), finishes_.begin(), finishes_.end());
}

std::optional<microseconds> Scheduler::NextWakeUp() const {
  std::optional<microseconds> next;
  if (!deadlines_.empty()) next = deadlines_.front().when;
  if (!has_live_worker_ && !waiting_.empty()) {
    const microseconds grace_end =
        std::max(waiting_.front().when, no_worker_since_) + options_.no_worker_grace;
    next = next ? std::min(*next, grace_end) : grace_end;
  }
  return next;
}

std::optional<microseconds> Scheduler::RoundTrip(AttachId attach) const {
  const WorkerRecord* worker = workers_.Find(attach);
  if (worker == nullptr) return std::nullopt;
  return worker->RoundTrip();
}

void Scheduler::Handle(const RequestArrived& event) {
  CHECK(!event.lengths.empty(), "the edge refuses a request without texts");
  if (const std::optional<FinishCall> refusal = Refuse(event)) {
    finishes_.push_back(*refusal);
    return;
  }
  Call& call = calls_.Add(event.call);
  call.deadline = event.deadline;
  call.arrived = now_;
  call.bytes = event.bytes;
  call.first_item = next_item_;
  call.open = event.lengths.size();
  call.deadline_key = deadlines_.PushBack(event.deadline, event.call, 0);
  next_item_ += event.lengths.size();
  for (const std::uint32_t length : event.lengths) {
    call.items.push_back({.length = length, .cost = CostOf(length, options_.attention_cost)});
    Enqueue(call, static_cast<std::uint32_t>(call.items.size() - 1), Place::kBack);
  }
}

void Scheduler::Handle(const RequestCancelled& event) {
  Call* call = calls_.Find(event.call);
  if (call == nullptr) return;
  Finish(*call, {.verdict = Verdict::kCancelled, .why = "the caller cancelled"});
}

void Scheduler::Handle(const WorkerOpened& event) {
  if (!Sane(event)) {
    ProtocolError(event.attach, "lanes, batch limits or speed of its Hello are out of range");
    return;
  }
  WorkerRecord worker = {.attach = event.attach,
                         .worker_id = std::string(event.worker_id),
                         .incarnation = event.incarnation,
                         .max_batch_tokens = event.max_batch_tokens,
                         .max_batch_items = event.max_batch_items};
  worker.lanes.resize(event.lanes, LaneRecord{.speed = {event.alpha_us, event.per_token_us}});
  workers_.Add(worker);
  NoteLiveWorkers();
}

void Scheduler::Handle(const CreditGranted& event) {
  WorkerRecord* worker = workers_.Find(event.attach);
  if (worker == nullptr) return;
  if (event.granted.size() != worker->lanes.size()) {
    ProtocolError(event.attach, "a grant has another number of lanes than its Hello");
    return;
  }
  for (std::size_t i = 0; i < event.granted.size(); ++i) {
    if (!worker->lanes[i].credit.Grant(event.granted[i])) {
      ProtocolError(event.attach, "a grant took back credit");
      return;
    }
  }
}

void Scheduler::Handle(const BatchFinished& event) {
  WorkerRecord* worker = workers_.Find(event.attach);
  if (worker == nullptr) {
    CountWasted(event);
    return;
  }
  if (event.lane >= worker->lanes.size()) {
    ProtocolError(event.attach, "a result names a lane that the worker has not");
    return;
  }
  std::vector<RunningBatch>& batches = worker->lanes[event.lane].batches;
  const auto place = std::find_if(batches.begin(), batches.end(),
                                  [&](const RunningBatch& b) { return b.id == event.batch; });
  if (place == batches.end() && event.batch < next_batch_ && !worker->Has(event.batch)) {
    CountWasted(event);  // answered before
    return;
  }
  if (place == batches.end() || place->items.size() != event.statuses.size()) {
    ProtocolError(event.attach, "a result fits no batch that the lane has");
    return;
  }
  RunningBatch batch = std::move(*place);
  batches.erase(place);
  TakeResult(*worker, batch, event);
  batch.items.clear();
  spare_items_.push_back(std::move(batch.items));
}

void Scheduler::CountWasted(const BatchFinished& event) {
  counters_.items_wasted += static_cast<std::uint64_t>(
      std::count(event.statuses.begin(), event.statuses.end(), ItemStatus::kDone));
}

void Scheduler::Handle(const WorkerClosed& event) { CloseAttach(event.attach); }

void Scheduler::Handle(const WorkerDraining& event) {
  WorkerRecord* worker = workers_.Find(event.attach);
  if (worker == nullptr) return;
  worker->draining = true;
  NoteLiveWorkers();
}

void Scheduler::Handle(const BeginDrain&) { draining_ = true; }

std::optional<FinishCall> Scheduler::Refuse(const RequestArrived& event) {
  FinishCall refusal = {.call = event.call};
  const std::size_t items = queue_.size() + event.lengths.size();
  const std::size_t bytes = queued_bytes_ + event.bytes;
  if (draining_) {
    refusal.verdict = Verdict::kDraining;
    refusal.why = "the coordinator is shutting down";
    refusal.retry_after = kRetryLater;
  } else if (!has_live_worker_ && waiting_.size() >= options_.max_waiting_without_worker) {
    refusal.verdict = Verdict::kNoWorkers;
    refusal.why = "no worker is there and as many requests as allowed wait for one";
    refusal.found = static_cast<std::int64_t>(waiting_.size());
    refusal.limit = static_cast<std::int64_t>(options_.max_waiting_without_worker);
    refusal.retry_after = kRetryLater;
  } else if (items > options_.max_queued_items) {
    refusal.verdict = Verdict::kOverloaded;
    refusal.why = "the queue is full: texts";
    refusal.found = static_cast<std::int64_t>(items);
    refusal.limit = static_cast<std::int64_t>(options_.max_queued_items);
    refusal.retry_after = RetryHint();
  } else if (bytes > options_.max_queued_bytes) {
    refusal.verdict = Verdict::kOverloaded;
    refusal.why = "the queue is full: bytes";
    refusal.found = static_cast<std::int64_t>(bytes);
    refusal.limit = static_cast<std::int64_t>(options_.max_queued_bytes);
    refusal.retry_after = RetryHint();
  } else {
    return std::nullopt;
  }
  return refusal;
}

milliseconds Scheduler::RetryHint() const {
  if (!has_live_worker_) return kRetryLater;
  const double ms =
      std::ceil(static_cast<double>(queued_cost_) / workers_.Speed(now_, budget_) / 1000);
  return milliseconds(
      static_cast<std::int64_t>(std::clamp(ms, static_cast<double>(kShortestRetry.count()),
                                           static_cast<double>(kLongestRetry.count()))));
}

void Scheduler::Enqueue(Call& call, std::uint32_t text_index, Place place) {
  Item& item = call.items[text_index];
  item.state = ItemState::kQueued;
  item.key = place == Place::kBack ? queue_.PushBack(call.deadline, call.id, text_index)
                                   : queue_.PushFront(call.deadline, call.id, text_index);
  queued_cost_ += item.cost;
  if (call.queued++ > 0) return;
  queued_bytes_ += call.bytes;
  call.waiting_key = waiting_.PushBack(call.arrived, call.id, 0);
}

void Scheduler::Dequeue(Call& call, std::uint32_t text_index) {
  const Item& item = call.items[text_index];
  queue_.Erase(item.key);
  queued_cost_ -= item.cost;
  if (--call.queued > 0) return;
  queued_bytes_ -= call.bytes;
  waiting_.Erase(call.waiting_key);
}

Call* Scheduler::Wanted(const SentItem& sent, BatchId batch) {
  Call* call = calls_.Find(sent.call);
  if (call == nullptr) return nullptr;
  const Item& item = call->items[sent.text_index];
  return item.state == ItemState::kSent && item.batch == batch ? call : nullptr;
}

void Scheduler::Return(Call& call, std::uint32_t text_index, Blame blame) {
  Item& item = call.items[text_index];
  if (blame == Blame::kNobody) {
    --item.attempt;
  } else {
    item.alone = true;
  }
  // Back in the queue in any case: Finish takes it out again and recalls only what is at a worker.
  Enqueue(call, text_index, Place::kFront);
  if (item.attempt < options_.max_attempts) {
    ++counters_.items_requeued;
    return;
  }
  Finish(call, {.verdict = Verdict::kAttemptsExhausted,
                .why = "a text failed at the workers as often as it may be tried",
                .found = item.attempt,
                .limit = options_.max_attempts});
}

void Scheduler::TakeResult(WorkerRecord& worker, RunningBatch& batch, const BatchFinished& event) {
  worker.SampleRoundTrip(now_ - batch.sent - event.held);
  Cost executed = 0;
  std::uint32_t vector_index = 0;
  for (std::uint32_t position = 0; position < batch.items.size(); ++position) {
    const SentItem& sent = batch.items[position];
    const ItemStatus status = event.statuses[position];
    if (status != ItemStatus::kNotRun) executed += CostOf(sent.length, options_.attention_cost);
    Call* call = Wanted(sent, batch.id);
    if (status == ItemStatus::kDone) {
      const std::uint32_t vector = vector_index++;
      if (call == nullptr) {
        ++counters_.items_wasted;
        continue;
      }
      ++counters_.items_done;
      call->items[sent.text_index].state = ItemState::kDone;
      dones_.push_back({sent.call, sent.text_index, batch.id, position, vector});
      if (--call->open == 0) Finish(*call, {.verdict = Verdict::kOk});
    }
  }
  // Backwards, so that what comes back keeps its order at the front of its deadline.
  for (std::size_t position = batch.items.size(); position-- > 0;) {
    const ItemStatus status = event.statuses[position];
    if (status == ItemStatus::kDone) continue;
    const SentItem& sent = batch.items[position];
    if (Call* call = Wanted(sent, batch.id)) {
      Return(*call, sent.text_index,
             status == ItemStatus::kFailed ? Blame::kAttempt : Blame::kNobody);
    }
  }
  if (executed > 0) worker.lanes[event.lane].speed.Sample(now_, executed, event.execution);
}

void Scheduler::CloseAttach(AttachId attach) {
  WorkerRecord* worker = workers_.Find(attach);
  if (worker == nullptr) return;
  for (auto lane = worker->lanes.rbegin(); lane != worker->lanes.rend(); ++lane) {
    for (auto batch = lane->batches.rbegin(); batch != lane->batches.rend(); ++batch) {
      for (auto sent = batch->items.rbegin(); sent != batch->items.rend(); ++sent) {
        if (Call* call = Wanted(*sent, batch->id)) {
          Return(*call, sent->text_index, Blame::kAttempt);
        }
      }
    }
  }
  workers_.Remove(attach);
  NoteLiveWorkers();
}

void Scheduler::ProtocolError(AttachId attach, std::string_view why) {
  ++counters_.protocol_errors;
  closes_.push_back({attach, why});
  CloseAttach(attach);
}

void Scheduler::NoteLiveWorkers() {
  const bool had = std::exchange(has_live_worker_, workers_.HasLive());
  if (had && !has_live_worker_) no_worker_since_ = now_;
}

void Scheduler::Finish(Call& call, FinishCall finish) {
  finish.call = call.id;
  for (std::uint32_t i = 0; i < call.items.size(); ++i) {
    const Item& item = call.items[i];
    finish.attempts = std::max(finish.attempts, item.attempt);
    if (item.state == ItemState::kQueued) Dequeue(call, i);
    if (item.state == ItemState::kSent) recalls_.emplace_back(item.attach, call.first_item + i);
  }
  deadlines_.Erase(call.deadline_key);
  calls_.Remove(call.id);
  finishes_.push_back(finish);
}

}  // namespace shoal
