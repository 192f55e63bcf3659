#include "table_world.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "distributions.h"

namespace shoal::table {

namespace {

constexpr microseconds kBeat{500'000};
constexpr microseconds kRedial{500'000};
constexpr microseconds kAutoscalerPeriod{15'000'000};
// From the Goodbye of a worker to its end: it has finished what it had.
constexpr microseconds kGoodbye{2'000'000};
constexpr std::uint32_t kMaxItems = 4096;
constexpr std::size_t kBytesPerText = 100;

}  // namespace

World::World(const Pool& pool, const Trace& trace, Policy& policy, std::uint64_t seed)
    : pool_(pool), trace_(trace), policy_(policy) {
  CHECK(pool.lanes > 0, "a pool has lanes");
  workers_.reserve(static_cast<std::size_t>(pool.lanes));
  Rng seeds(seed);
  for (int i = 0; i < pool.lanes; ++i) {
    const double factor = i == 0 && pool.slow_known ? pool.slow_factor : 1;
    workers_.emplace_back(WorkerAgentOptions{.lanes = 1,
                                             .alpha_us = factor * pool.alpha_us,
                                             .per_token_us = factor * pool.per_token_us},
                          seeds.Next());
  }
  outcome_.calls.resize(trace.calls.size());
}

Outcome World::Run() {
  if (autoscaler_) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      workers_[i].wanted = i < static_cast<std::size_t>(autoscaler_->first);
    }
    At(kAutoscalerPeriod, [this] { AskAutoscaler(); });
  }
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].wanted) Attach(i);
    At(kBeat, [this, i] { Beat(i); });
  }
  // After the first grants.
  const microseconds start = pool_.round_trip();
  callers_ = trace_.callers;
  for (int i = 0; i < trace_.callers; ++i) At(start, [this] { CallNext(); });
  next_call_ = trace_.in_loop;
  At(start, [this] { ArriveNext(); });
  while (next_call_ < trace_.calls.size() || callers_ > 0 || open_ > 0) {
    const std::function<void()> what = queue_.Pop();
    now_ = queue_.now();
    what();
  }
  for (std::size_t i = 0; i < outcome_.calls.size(); ++i) {
    if (outcome_.calls[i].end == CallEnd::kOk) outcome_.useful += trace_.calls[i].cost;
  }
  return std::move(outcome_);
}

void World::At(microseconds when, std::function<void()> what) {
  queue_.Add(std::max(when, now_), std::move(what));
}

void World::Attach(std::size_t index) {
  Worker& worker = workers_[index];
  worker.attachment = next_attachment_++;
  const std::string id = "w" + std::to_string(index);
  const double factor = index == 0 && pool_.slow_known ? pool_.slow_factor : 1;
  const SchedulerEvent event = WorkerOpened{.attachment = worker.attachment,
                                            .worker_id = id,
                                            .incarnation = index + 1,
                                            .lanes = 1,
                                            .max_batch_tokens = 512,
                                            .max_batch_items = kMaxItems,
                                            .alpha_us = factor * pool_.alpha_us,
                                            .per_token_us = factor * pool_.per_token_us};
  Step({&event, 1});
  worker.agent.LinkUp(pool_.round_trip(), pool_.attention_cost);
  Drive(index);
}

void World::Detach(std::size_t index) {
  workers_[index].attachment = 0;
  agent_actions_.clear();
  workers_[index].agent.LinkDown(agent_actions_);
  for (const AgentAction& dropped : agent_actions_) {
    if (const auto* drop = std::get_if<DropBatch>(&dropped)) Perform(index, *drop);
  }
  agent_actions_.clear();
}

void World::AskAutoscaler() {
  Scale(std::clamp(autoscaler_->wanted(), 1, pool_.lanes));
  At(now_ + kAutoscalerPeriod, [this] { AskAutoscaler(); });
}

void World::Scale(int workers) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const bool wanted = i < static_cast<std::size_t>(workers);
    if (std::exchange(workers_[i].wanted, wanted) == wanted) continue;
    if (wanted) {
      At(now_ + autoscaler_->start_time, [this, i] {
        if (workers_[i].wanted && workers_[i].attachment == 0) Attach(i);
      });
      continue;
    }
    const AttachmentId attachment = workers_[i].attachment;
    if (attachment == 0) continue;
    const SchedulerEvent goodbye = WorkerDraining{.attachment = attachment};
    Step({&goodbye, 1});
    At(now_ + kGoodbye, [this, attachment] {
      const std::size_t index = IndexOf(attachment);
      if (index == workers_.size()) return;
      Detach(index);
      const SchedulerEvent closed = WorkerClosed{.attachment = attachment};
      Step({&closed, 1});
    });
  }
}

void World::Beat(std::size_t index) {
  const AttachmentId attachment = workers_[index].attachment;
  At(now_ + pool_.half_trip, [this, attachment] {
    if (IndexOf(attachment) == workers_.size()) return;
    const SchedulerEvent event = WorkerHeard{.attachment = attachment};
    Step({&event, 1});
  });
  At(now_ + kBeat, [this, index] { Beat(index); });
}

void World::ArriveNext() {
  if (next_call_ == trace_.calls.size()) return;
  if (trace_.calls[next_call_].arrival <= now_) Arrive(next_call_++, 0);
  if (next_call_ == trace_.calls.size()) return;
  At(trace_.calls[next_call_].arrival, [this] { ArriveNext(); });
}

void World::CallNext() {
  if (now_ >= trace_.duration) {
    --callers_;
    return;
  }
  CHECK(next_in_loop_ < trace_.in_loop, "a closed loop has calls until its end");
  Arrive(next_in_loop_++, 0);
}

void World::Arrive(std::size_t index, std::size_t attempt) {
  const TraceCall& call = trace_.calls[index];
  if (attempt == 0) {
    outcome_.calls[index].arrived = now_;
    ++open_;
  }
  const microseconds patience = call.patience == kNoDeadline ? kDefaultPatience : call.patience;
  const SchedulerEvent event = CallOffered{.call = index + attempt * trace_.calls.size(),
                                           .deadline = now_ + patience,
                                           .lengths = trace_.Lengths(call),
                                           .bytes = kBytesPerText * call.texts,
                                           .client = call.client};
  Step({&event, 1});
}

void World::Step(std::span<const SchedulerEvent> events) {
  policy_.Step(now_, events, actions_);
  for (const SchedulerAction& action : actions_) {
    std::visit([this](const auto& a) { Apply(a); }, action);
  }
  ArmPolicy();
}

void World::ArmPolicy() {
  const std::optional<microseconds> next = policy_.NextWakeUp();
  if (!next || (policy_armed_ >= now_ && policy_armed_ <= *next)) return;
  const microseconds when = std::max(*next, now_);
  policy_armed_ = when;
  At(when, [this, when] {
    if (policy_armed_ != when) return;  // an earlier one took its place
    policy_armed_ = microseconds(-1);
    const std::optional<microseconds> due = policy_.NextWakeUp();
    if (due && *due <= now_) {
      Step({});
    } else {
      ArmPolicy();
    }
  });
}

void World::Apply(const SendBatch& action) {
  Batch batch{.id = action.batch, .lane = action.lane};
  for (const SentItem& item : action.items) {
    batch.items.push_back({.id = item.id,
                           .attempt = item.attempt,
                           .remaining_us = item.remaining_us,
                           .length = item.length});
  }
  ++outcome_.batches;
  if (action.reason == SendReason::kSecondAttempt) ++outcome_.second_attempts;
  At(now_ + pool_.half_trip, [this, attachment = action.attachment, batch = std::move(batch)] {
    const std::size_t index = IndexOf(attachment);
    if (index == workers_.size()) return;
    Worker& worker = workers_[index];
    CHECK(worker.agent.OnBatch(now_, batch), "a policy sends what was granted");
    worker.held[batch.id] = batch.items;
    Drive(index);
  });
}

void World::Apply(const CancelSentItems& action) {
  std::vector<ItemId> items(action.items.begin(), action.items.end());
  At(now_ + pool_.half_trip, [this, attachment = action.attachment, items = std::move(items)] {
    const std::size_t index = IndexOf(attachment);
    if (index == workers_.size()) return;
    workers_[index].agent.OnCancel(items);
    Drive(index);
  });
}

void World::Apply(const CloseWorker& action) {
  const std::size_t index = IndexOf(action.attachment);
  CHECK(index < workers_.size(), "a policy closes what is open");
  ++outcome_.closed_workers;
  Detach(index);
  At(now_ + std::max(kRedial, action.stay_away), [this, index] {
    if (workers_[index].wanted && workers_[index].attachment == 0) Attach(index);
  });
}

void World::Apply(const FinishCall& action) {
  const std::size_t index = action.call % trace_.calls.size();
  const std::size_t attempt = action.call / trace_.calls.size();
  CallRecord& record = outcome_.calls[index];
  CHECK(record.end == CallEnd::kOpen, "a call ends once");
  if (!action.admitted && action.retry_after > microseconds(0) &&
      attempt < static_cast<std::size_t>(trace_.retries)) {
    At(now_ + action.retry_after, [this, index, attempt] { Arrive(index, attempt + 1); });
    return;
  }
  record.finished = now_;
  --open_;
  if (!action.admitted) {
    record.end = CallEnd::kRefused;
  } else {
    record.end = action.verdict == Verdict::kOk ? CallEnd::kOk : CallEnd::kBroken;
  }
  if (index < trace_.in_loop) At(now_ + action.retry_after, [this] { CallNext(); });
}

void World::Drive(std::size_t index) {
  Worker& worker = workers_[index];
  std::vector<AgentAction> actions = std::exchange(agent_actions_, {});
  worker.agent.Step(now_, actions);
  for (const AgentAction& action : actions) {
    std::visit([&](const auto& a) { Perform(index, a); }, action);
  }
  actions.clear();
  agent_actions_ = std::move(actions);
  const std::optional<microseconds> next = worker.agent.NextWakeUp();
  if (!next || *next <= now_ || *next == worker.wake_armed) return;
  worker.wake_armed = *next;
  At(*next, [this, index] { Drive(index); });
}

void World::Perform(std::size_t index, const RunBatch& action) {
  Worker& worker = workers_[index];
  const std::vector<BatchItem>& items = worker.held.at(action.batch);
  Cost cost = 0;
  for (const std::uint32_t position : action.positions) {
    cost += CostOf(items[position].length, pool_.attention_cost);
  }
  outcome_.executed += cost;
  const microseconds time = DrawTime(worker, index == 0, cost);
  At(now_ + time, [this, index, batch = action.batch, time] {
    agent_actions_.clear();
    workers_[index].agent.OnLaneFinished(now_, 0, batch, time, agent_actions_);
    Drive(index);
  });
}

void World::Perform(std::size_t index, const AnswerBatch& action) {
  workers_[index].held.erase(action.batch);
  Tell(index, &action, workers_[index].agent.granted());
}

void World::Perform(std::size_t index, const DropBatch& action) {
  workers_[index].held.erase(action.batch);
}

void World::Perform(std::size_t index, const GrantCredit& action) {
  Tell(index, nullptr, action.granted);
}

void World::Tell(std::size_t index, const AnswerBatch* answer, std::vector<std::uint64_t> granted) {
  std::optional<AnswerBatch> copy;
  if (answer != nullptr) copy = *answer;
  At(now_ + pool_.half_trip, [this, attachment = workers_[index].attachment, copy = std::move(copy),
                              granted = std::move(granted)] {
    if (IndexOf(attachment) == workers_.size()) return;
    std::vector<SchedulerEvent> events;
    if (copy) {
      events.push_back(BatchFinished{.attachment = attachment,
                                     .batch = copy->batch,
                                     .lane = copy->lane,
                                     .statuses = copy->statuses,
                                     .held = copy->held,
                                     .execution = copy->execution});
    }
    events.push_back(CreditGranted{.attachment = attachment, .granted = granted});
    Step(events);
  });
}

microseconds World::DrawTime(Worker& worker, bool slow, Cost cost) {
  double us = pool_.BatchUs(cost);
  // All numbers are drawn in any case: a world without one trouble has the same others.
  const double noise = sim::Normal(worker.rng);
  const bool stalls = worker.rng.Unit() < pool_.stalled_share;
  const bool stolen = worker.rng.Unit() < pool_.stolen_share;
  us *= std::exp(pool_.sigma * noise - pool_.sigma * pool_.sigma / 2);
  if (slow) us *= pool_.slow_factor;
  if (stalls) us *= pool_.stalled_factor;
  microseconds time(static_cast<std::int64_t>(us));
  if (stolen) time += pool_.stolen;
  return std::max(time, microseconds(1));
}

std::size_t World::IndexOf(AttachmentId attachment) const {
  if (attachment == 0) return workers_.size();
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [&](const Worker& w) { return w.attachment == attachment; });
  return static_cast<std::size_t>(found - workers_.begin());
}

}  // namespace shoal::table
