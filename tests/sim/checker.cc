#include "checker.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shoal::sim {

Checker::Checker(const Scenario& scenario, const Clients& clients, Failures& failures)
    : scenario_(scenario),
      clients_(clients),
      failures_(failures),
      windows_(scenario, failures),
      queues_{QueueMirror(QueueKind::kUrgent), QueueMirror(QueueKind::kPatient),
              QueueMirror(QueueKind::kBulk)} {}

void Checker::Fail(int invariant, const std::string& what) {
  failures_.Fail(invariant, what + " (at " + std::to_string(now_.count()) + " us)");
}

void Checker::CoordinatorStarts(Scheduler& scheduler) {
  scheduler_ = &scheduler;
  pool_ = std::make_unique<PoolMirror>(kCostPerToken * scenario_.options.batch_tokens);
  queues_ = {QueueMirror(QueueKind::kUrgent), QueueMirror(QueueKind::kPatient),
             QueueMirror(QueueKind::kBulk)};
  calls_.clear();
  waiting_.clear();
  deadlines_.clear();
  closed_.clear();
  clients_seen_.clear();
  drained_.clear();
  grants_.clear();
  waiting_items_ = open_calls_ = 0;
  draining_ = live_ = false;
  second_attempts_ = 2;
  before_ = {};
  blame_.clear();
  poison_runs_.clear();
  poison_allowed_.clear();
}

void Checker::CoordinatorLost() { scheduler_ = nullptr; }

void Checker::BeforeStep(microseconds now, std::span<const SchedulerEvent> events) {
  now_ = now;
  pool_before_.reset();
  const bool one_arrival =
      events.size() == 1 && std::holds_alternative<CallOffered>(events.front());
  if (one_arrival && live_ && ++steps_ % 4 == 0) pool_before_ = scheduler_->Pool(now);
}

void Checker::AfterStep(microseconds now, std::span<const SchedulerEvent> events,
                        std::span<const SchedulerAction> actions) {
  now_ = now;
  pool_->Look(now);
  ended_now_.clear();
  dones_.clear();
  for (QueueMirror& queue : queues_) queue.Advance(now);
  if (pool_before_) {
    pool_->Classify();
    CheckPool();
  }
  IndexFinishes(actions);
  for (const SchedulerEvent& event : events) {
    std::visit([this](const auto& what) { Take(what); }, event);
    if (failures_.any()) return;
  }
  ExpireAndCheckWorkers();
  CheckItemDones(actions);
  CheckActions(actions);
  CheckProbed();
  CheckBooks();
  windows_.AfterStep(now, {!queues_[0].empty(), !queues_[1].empty(), !queues_[2].empty()});
  for (const CallId call : ended_now_) calls_.erase(call);
  before_ = scheduler_->counters();
}

// Which calls end in this Step, and which workers are closed.
void Checker::IndexFinishes(std::span<const SchedulerAction> actions) {
  closes_.clear();
  finishing_.clear();
  for (const SchedulerAction& action : actions) {
    if (const auto* close = std::get_if<CloseWorker>(&action)) closes_.push_back(close);
    const auto* finish = std::get_if<FinishCall>(&action);
    if (finish == nullptr) continue;
    if (clients_.At(finish->call).ended) {
      return Fail(1, "call " + std::to_string(finish->call) + " is answered twice");
    }
    // One that arrives in this Step is not there yet: it gets its entry here.
    Call& call = calls_[finish->call];
    if (call.finish != nullptr) {
      return Fail(1, "call " + std::to_string(finish->call) + " is answered twice in one Step");
    }
    call.finish = finish;
    finishing_.push_back(finish->call);
  }
}

Checker::Call* Checker::Find(CallId id) {
  const auto place = calls_.find(id);
  return place == calls_.end() || place->second.ended || place->second.record == nullptr
             ? nullptr
             : &place->second;
}

// What happens after the events and before work is given out.
void Checker::ExpireAndCheckWorkers() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    Call& call = calls_.at(deadlines_.begin()->second);
    if (call.finish == nullptr) {
      return Fail(1, "call " + std::to_string(call.id) + " outlived its deadline");
    }
    End(call);
  }
  const microseconds time = pool_->failure_time();
  for (auto& [attachment, peer] : pool_->peers()) {
    if (time - peer.heard >= microseconds(1'500'000)) continue;  // it is closed instead
    for (MirrorLane& lane : peer.lanes) {
      if (lane.batches.empty() || lane.batches.front().late) continue;
      if (time < lane.batches.front().late_at) continue;
      lane.batches.front().late = true;
      for (std::size_t i = lane.batches.size(); i-- > 1;) {
        if (std::exchange(lane.batches[i].recalled, true)) continue;
        const std::vector<TextRef> texts = lane.batches[i].texts;
        for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
          TakeBack(*text, lane.batches[i].id, false);
        }
      }
    }
  }
  for (const CloseWorker* close : closes_) CheckClose(*close);
  for (const CallId id : finishing_) {
    Call* call = Find(id);
    if (call == nullptr) continue;
    if (call->finish->verdict == Verdict::kNoWorkers) End(*call);
  }
  pool_->Classify();
  // Only now: a call ends during dispatch when not even the fastest lane could do it in time.
  for (const CallId id : finishing_) {
    Call* call = Find(id);
    if (call == nullptr) continue;
    const Verdict verdict = call->finish->verdict;
    const std::vector<std::int32_t>& texts = call->record->texts;
    const bool banned = verdict == Verdict::kPoisonInput &&
                        std::any_of(texts.begin(), texts.end(),
                                    [this](std::int32_t text) { return BlameOf(text) >= 3; });
    if (banned) {
      End(*call);
      continue;
    }
    if (verdict == Verdict::kAttemptsExhausted || verdict == Verdict::kPoisonInput) {
      return Fail(7, "call " + std::to_string(id) + " ends before its last attempt");
    }
    if (verdict == Verdict::kCancelled) {
      return Fail(1, "call " + std::to_string(id) + " is called cancelled and was not");
    }
    CheckHopeless(*call);
    End(*call);
  }
}

void Checker::CheckItemDones(std::span<const SchedulerAction> actions) {
  std::size_t next = 0;
  for (const SchedulerAction& action : actions) {
    const auto* done = std::get_if<ItemDone>(&action);
    if (done == nullptr) continue;
    const bool expected =
        next < dones_.size() && dones_[next].call == done->call &&
        dones_[next].text_index == done->text_index && dones_[next].batch == done->batch &&
        dones_[next].position == done->position && dones_[next].vector_index == done->vector_index;
    if (!expected) {
      return Fail(2, "text " + std::to_string(done->text_index) + " of call " +
                         std::to_string(done->call) + " is done, by batch " +
                         std::to_string(done->batch) + ", which does not follow");
    }
    ++next;
  }
  if (next < dones_.size()) {
    Fail(2, "the vector of call " + std::to_string(dones_[next].call) + " was ignored");
  }
}

void Checker::CheckActions(std::span<const SchedulerAction> actions) {
  for (const SchedulerAction& action : actions) {
    if (failures_.any()) return;
    if (const auto* send = std::get_if<SendBatch>(&action)) CheckSend(*send);
    if (const auto* finish = std::get_if<FinishCall>(&action)) CheckFinish(*finish);
  }
}

void Checker::CheckFinish(const FinishCall& finish) {
  const Call& call = calls_.at(finish.call);
  if (call.record == nullptr) {
    return Fail(1, "call " + std::to_string(finish.call) + " is answered and never came");
  }
  if (finish.verdict == Verdict::kOk && call.open > 0) {
    return Fail(2, "call " + std::to_string(finish.call) + " is OK without all its vectors");
  }
  if (finish.verdict != Verdict::kOk && call.admitted && call.open == 0) {
    return Fail(1, "call " + std::to_string(finish.call) + " has all its vectors and is refused");
  }
  if (finish.admitted != call.admitted) {
    return Fail(1, "call " + std::to_string(finish.call) + " was decided otherwise");
  }
  if (finish.admitted && finish.verdict == Verdict::kDraining) {
    return Fail(12, "an admitted call ended because the coordinator drains");
  }
  if (finish.attempts > scenario_.options.max_attempts) {
    return Fail(7, "a text was tried " + std::to_string(finish.attempts) + " times");
  }
  CheckPoison(finish);
  Cost cost = 0;
  for (const Text& text : call.texts) cost += text.cost;
  windows_.OnFinished(finish, cost, call.head_start);
}

// The scheduler's own sums against ours.
void Checker::CheckBooks() {
  if (failures_.any()) return;
  const SchedulerCounters& counters = scheduler_->counters();
  if (counters.deadlines_armed !=
      counters.deadlines_fired + counters.deadlines_disarmed + scheduler_->open_calls()) {
    return Fail(14, "armed " + std::to_string(counters.deadlines_armed) + ", fired " +
                        std::to_string(counters.deadlines_fired) + ", disarmed " +
                        std::to_string(counters.deadlines_disarmed) + ", open " +
                        std::to_string(scheduler_->open_calls()));
  }
  if (scheduler_->open_calls() != open_calls_) {
    return Fail(1, std::to_string(scheduler_->open_calls()) + " calls are open, not " +
                       std::to_string(open_calls_));
  }
  std::size_t items = waiting_items_;
  for (std::size_t kind = 0; kind < kQueueKinds; ++kind) {
    items += queues_[kind].size();
    const Cost cost = scheduler_->queued_cost(static_cast<QueueKind>(kind));
    if (cost == queues_[kind].cost()) continue;
    return Fail(6, "queue " + std::to_string(kind) + " holds a cost of " + std::to_string(cost) +
                       ", not " + std::to_string(queues_[kind].cost()));
  }
  if (scheduler_->queued_items() != items) {
    return Fail(6, std::to_string(scheduler_->queued_items()) + " texts are queued, not " +
                       std::to_string(items));
  }
}

void Checker::End(Call& call) {
  for (std::uint32_t i = 0; i < call.texts.size(); ++i) {
    if (call.texts[i].queued) Dequeue(call, i);
  }
  if (call.waiting) {
    waiting_.erase(call.id);
    waiting_items_ -= call.texts.size();
  }
  deadlines_.erase({call.deadline, call.id});
  call.ended = true;
  --open_calls_;
  ended_now_.push_back(call.id);
  if (call.finish == nullptr) {
    Fail(1, "call " + std::to_string(call.id) + " is over and has no answer");
  }
}

void Checker::Requeue(Call& call, std::uint32_t index) {
  Text& text = call.texts[index];
  text.queued = true;
  text.place = QueueOf(call).PushFront(text.bucket, {call.id, index}, text.cost);
  ClientOf(call).queued[static_cast<std::size_t>(call.kind)] += text.cost;
}

void Checker::Dequeue(Call& call, std::uint32_t index) {
  Text& text = call.texts[index];
  text.queued = false;
  QueueOf(call).Erase(text.place, text.cost);
  ClientOf(call).queued[static_cast<std::size_t>(call.kind)] -= text.cost;
}

void Checker::OnGrant(AttachmentId attachment, std::span<const std::uint64_t> granted) {
  std::vector<std::uint64_t>& known = grants_[attachment];
  if (known.size() < granted.size()) known.resize(granted.size());
  for (std::size_t i = 0; i < granted.size(); ++i) known[i] = std::max(known[i], granted[i]);
}

}  // namespace shoal::sim
