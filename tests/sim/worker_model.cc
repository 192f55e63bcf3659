#include "worker_model.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "distributions.h"

namespace shoal::sim {

namespace {

constexpr microseconds kFirstRedial{100'000};
constexpr microseconds kLongestRedial{500'000};
constexpr microseconds kHeartbeat{500'000};
constexpr microseconds kCoordinatorSilence{11'000'000};
constexpr microseconds kLastWord{1'000'000};
constexpr microseconds kHungForward{60'000'000};
constexpr microseconds kStolenSlice{50'000};

}  // namespace

WorkerModel::WorkerModel(Shared& shared, std::uint32_t index, const WorkerSpec& spec)
    : shared_(shared),
      index_(index),
      spec_(spec),
      rng_(shared.scenario.seed * 1009 + index),
      clock_(spec.clock) {}

void WorkerModel::StartAfter(microseconds delay) {
  shared_.time.Add(shared_.time.now() + delay,
                   {.kind = EventKind::kWorkerStart, .who = index_, .life = life_});
}

void WorkerModel::Start() {
  if (up()) return;
  agent_ = std::make_unique<WorkerAgent>(WorkerAgentOptions{
      .lanes = spec_.lanes, .alpha_us = spec_.alpha_us, .per_token_us = spec_.per_token_us});
  incarnation_ = rng_.Next() | 1;
  redial_wait_ = kFirstRedial;
  next_dial_ = away_until_ = Local();
  draining_ = finished_ = closing_ = crash_after_ = back_after_exit_ = false;
  goodbye_ = microseconds(0);
  stays_away_ = false;
  shared_.coverage.State(WorkerState::kStarting);
  Turn();
}

void WorkerModel::Die(bool told, bool restart) {
  if (!up()) {
    if (spec_.twin) ++life_;  // nor does it come back
    return;
  }
  shared_.checker.OnWorkerGone(attachment_, index_);
  if (attachment_ != 0) {
    shared_.network.WorkerGone(attachment_, told);
    shared_.Note(Did::kDetach, static_cast<std::int64_t>(attachment_), index_);
  }
  Forget();
  agent_.reset();
  ++life_;
  next_turn_ = microseconds(0);
  orphans_.clear();
  inbox_.clear();
  crash_ = CrashPlan::kNone;
  stall_ = microseconds(0);
  hung_ = false;
  stays_away_ = !restart;
  if (restart) StartAfter(shared_.scenario.restart);
}

void WorkerModel::Forget() {
  attachment_ = 0;
  welcome_ = said_goodbye_ = coordinator_done_ = false;
  held_.clear();
}

void WorkerModel::Plan(microseconds at) {
  const microseconds now = shared_.time.now();
  at = std::max(at, now);
  if (next_turn_ > now && next_turn_ <= at) return;
  next_turn_ = at;
  shared_.time.Add(at, {.kind = EventKind::kWorkerTurn, .who = index_, .life = life_});
}

void WorkerModel::PlanNextTurn() {
  if (!up()) return;
  microseconds next = Local() + kHeartbeat;
  if (welcome_) next = std::min(next, next_stats_);
  if (attachment_ == 0) next = std::min(next, next_dial_);
  if (const auto agent = agent_->NextWakeUp()) next = std::min(next, *agent);
  if (draining_) next = std::min(next, Local() + microseconds(20'000));
  Plan(std::max(next - clock_, shared_.time.now() + microseconds(1)));
}

void WorkerModel::OnPacket(AttachmentId attachment, Packet packet) {
  if (!up()) return;
  if (paused_ > 0) {
    inbox_.push_back({.kind = EventKind::kDeliver,
                      .a = attachment,
                      .packet = std::make_unique<Packet>(std::move(packet))});
    return;
  }
  if (attachment != attachment_) return;
  heard_ = Local();
  if (std::holds_alternative<AttachmentEnd>(packet)) {
    Ended();
  } else {
    OnMessage(std::get<CoordinatorMessage>(packet));
  }
  Turn();
}

void WorkerModel::OnMessage(CoordinatorMessage& message) {
  if (const auto* welcome = std::get_if<Welcome>(&message)) {
    welcome_ = true;
    said_goodbye_ = coordinator_done_ = false;
    redial_wait_ = kFirstRedial;
    next_stats_ = Local() + kHeartbeat;
    agent_->LinkUp(microseconds(welcome->round_trip_us), welcome->attention_cost);
  } else if (const auto* refuse = std::get_if<Refuse>(&message)) {
    const microseconds away(1000 * std::int64_t{refuse->stay_away_ms});
    redial_wait_ = std::max(redial_wait_, away);
    away_until_ = Local() + away;
  } else if (auto* batch = std::get_if<Batch>(&message)) {
    OnBatch(*batch);
  } else if (const auto* cancel = std::get_if<CancelItems>(&message)) {
    for (auto& [id, held] : held_)
      held.cancelled.insert(cancel->items.begin(), cancel->items.end());
    if (shared_.mutant.link != LinkBug::kCancelLost) agent_->OnCancel(cancel->items);
  } else if (const auto* stats = std::get_if<CoordinatorStats>(&message)) {
    agent_->SetRoundTrip(microseconds(stats->round_trip_us));
  } else if (std::holds_alternative<Goodbye>(message)) {
    coordinator_done_ = true;
  }
}

void WorkerModel::OnBatch(Batch& batch) {
  const bool taken = agent_->OnBatch(Local(), batch);
  shared_.checker.OnBatchArrived(attachment_, batch, taken);
  if (!taken) return Ended();
  const BatchId id = batch.id;
  held_[id] = {.batch = std::move(batch), .received = Local()};
}

void WorkerModel::Ended() {
  if (attachment_ == 0) return;
  shared_.network.Close(attachment_, Direction::kUp);
  shared_.Note(Did::kDetach, static_cast<std::int64_t>(attachment_), index_);
  old_grants_ = agent_->granted();
  for (auto& [id, held] : held_) {
    if (held.started > microseconds(0)) orphans_[id] = std::move(held);
  }
  Forget();
  agent_->LinkDown(actions_);
  actions_.clear();
  next_dial_ = Local() + redial_wait_;
  redial_wait_ = std::min(redial_wait_ * 2, kLongestRedial);
}

void WorkerModel::Dial() {
  if (attachment_ != 0 || draining_ || Local() < next_dial_) return;
  attachment_ = shared_.network.Open(index_);
  heard_ = Local();
  shared_.network.Send(attachment_, Direction::kUp,
                       WorkerMessage(Hello{.worker_id = spec_.id,
                                           .incarnation = incarnation_,
                                           .lanes = spec_.lanes,
                                           .max_batch_items = spec_.max_batch_items,
                                           .max_batch_tokens = spec_.max_batch_tokens,
                                           .alpha_us = spec_.alpha_us,
                                           .per_token_us = spec_.per_token_us}));
}

void WorkerModel::Turn() {
  if (!up() || paused_ > 0) return;
  Dial();
  if (draining_ && welcome_ && !said_goodbye_) {
    said_goodbye_ = true;
    shared_.network.Send(attachment_, Direction::kUp, WorkerMessage(Goodbye{}));
  }
  agent_->Step(Local(), actions_);
  Act();
  if (!up()) return;  // it crashed at the start of a batch
  if (finished_) SayGoodbye();
  if (!up()) return;
  if (attachment_ != 0 && Local() - heard_ > kCoordinatorSilence) Ended();
  if (welcome_ && Local() >= next_stats_) {
    next_stats_ = Local() + kHeartbeat;
    shared_.network.Send(attachment_, Direction::kUp, WorkerMessage(WorkerStats{}));
  }
  PlanNextTurn();
}

void WorkerModel::SayGoodbye() {
  if (goodbye_ == microseconds(0)) goodbye_ = Local() + kLastWord;
  if (attachment_ == 0) return Die(true, std::exchange(back_after_exit_, false));
  if (welcome_ && !coordinator_done_ && Local() < goodbye_) return;
  if (!closing_) {
    closing_ = true;
    goodbye_ = Local() + kLastWord;
    shared_.network.Close(attachment_, Direction::kUp);
    return;
  }
  if (Local() >= goodbye_) Die(true, std::exchange(back_after_exit_, false));
}

void WorkerModel::Act() {
  const std::vector<AgentAction> actions = std::exchange(actions_, {});
  for (const AgentAction& action : actions) {
    if (!up()) return;
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void WorkerModel::Do(const RunBatch& action) {
  Held& held = held_.at(action.batch);
  held.positions = action.positions;
  held.started = Local();
  bool poison = false;
  for (const std::uint32_t position : action.positions) {
    const BatchItem& item = held.batch.items[position];
    const bool late = held.received + microseconds(item.remaining_us) <= Local();
    shared_.checker.OnItemRuns(item.id, late, held.cancelled.contains(item.id));
    poison = poison || IsPoison(held.batch.token_ids[position]);
  }
  const microseconds time = ExecutionTime(held);
  held.ends = shared_.time.now() + time;
  const auto batch = static_cast<std::int64_t>(action.batch);
  shared_.Note(Did::kRun, index_, action.lane, batch,
               static_cast<std::int64_t>(action.positions.size()), time.count());
  const CrashPlan plan = std::exchange(crash_, CrashPlan::kNone);
  if (plan == CrashPlan::kAtStart) return Die(true, true);
  const auto within = [&] {
    return microseconds(rng_.Below(static_cast<std::uint64_t>(time.count()) + 1));
  };
  if (poison || plan == CrashPlan::kDuring) {
    if (poison) shared_.checker.OnPoisonRuns(held.batch.token_ids);
    shared_.time.Add(shared_.time.now() + within(),
                     {.kind = EventKind::kCrash, .who = index_, .life = life_});
  }
  if (hung_) {
    shared_.time.Add(shared_.time.now() + kHungForward,
                     {.kind = EventKind::kCrash, .who = index_, .life = life_});
    return;
  }
  crash_after_ = crash_after_ || plan == CrashPlan::kAfter;
  shared_.time.Add(shared_.time.now() + time, {.kind = EventKind::kLaneDone,
                                               .who = index_,
                                               .life = life_,
                                               .a = action.lane,
                                               .b = action.batch});
}

microseconds WorkerModel::ExecutionTime(const Held& held) {
  const Scenario& scenario = shared_.scenario;
  Cost cost = 0;
  for (const std::uint32_t position : held.positions) {
    cost += CostOf(held.batch.items[position].length, scenario.options.attention_cost);
  }
  double us = spec_.alpha_us + spec_.per_token_us * static_cast<double>(cost) / kCostPerToken;
  if (healed_) return std::max(microseconds(1), microseconds(static_cast<std::int64_t>(us)));
  us *= spec_.slower * slow_;
  if (scenario.sigma > 0) us *= std::clamp(1 + scenario.sigma * Normal(rng_), 0.5, 2.0);
  if (scenario.long_batches > 0 && Chance(rng_, scenario.long_batches)) us *= 20;
  microseconds time(static_cast<std::int64_t>(us));
  if (scenario.stolen > 0 && Chance(rng_, scenario.stolen)) time += kStolenSlice;
  if (stolen_ > 0 && Chance(rng_, 0.1)) time += kStolenSlice;
  return std::max(microseconds(1), time + std::exchange(stall_, microseconds(0)));
}

void WorkerModel::LaneDone(std::uint32_t lane, BatchId batch) {
  if (paused_ > 0) {
    inbox_.push_back({.kind = EventKind::kLaneDone, .a = lane, .b = batch});
    return;
  }
  const auto own = held_.find(batch);
  const auto orphan = orphans_.find(batch);
  const microseconds started = own != held_.end() ? own->second.started : orphan->second.started;
  if (crash_after_ && Chance(rng_, 0.5)) return Die(true, true);
  agent_->OnLaneFinished(Local(), lane, batch, Local() - started, actions_);
  Act();
  if (crash_after_) return Die(true, true);
  Turn();
}

void WorkerModel::Do(const AnswerBatch& action) {
  const auto place = held_.find(action.batch);
  const Held& held = place->second;
  BatchResult result{.id = action.batch,
                     .lane = action.lane,
                     .statuses = action.statuses,
                     .held_us = action.held.count(),
                     .execution_us = action.execution.count(),
                     .grant = {.granted = agent_->granted()}};
  std::int64_t done = 0;
  for (std::size_t i = 0; i < result.statuses.size(); ++i) {
    ItemStatus& status = result.statuses[i];
    if (status != ItemStatus::kDone) continue;
    if (sick_ > 0 || (wrong_ > 0 && Chance(rng_, 0.1))) {
      status = ItemStatus::kFailed;
      continue;
    }
    const std::uint64_t vector = VectorOf(held.batch.token_ids[i]);
    char bytes[sizeof vector];
    std::memcpy(bytes, &vector, sizeof vector);
    result.vectors.append(bytes, sizeof bytes);
    ++done;
  }
  shared_.Note(Did::kAnswer, index_, action.lane, static_cast<std::int64_t>(action.batch), done);
  if (shared_.mutant.link == LinkBug::kCreditCountedTwice) {
    for (std::size_t i = 0; i < old_grants_.size(); ++i) result.grant.granted[i] += old_grants_[i];
  }
  held_.erase(place);
  if (welcome_) shared_.network.Send(attachment_, Direction::kUp, WorkerMessage(std::move(result)));
}

void WorkerModel::Do(const GrantCredit& action) { SendGrant(action.granted); }

void WorkerModel::SendGrant(std::vector<std::uint64_t> granted) {
  if (!welcome_) return;
  if (std::exchange(broken_, false)) {
    granted.push_back(0);
    shared_.checker.OnBroken(attachment_);
  }
  if (shared_.mutant.link == LinkBug::kCreditCountedTwice) {
    for (std::size_t i = 0; i < old_grants_.size(); ++i) granted[i] += old_grants_[i];
  }
  shared_.network.Send(attachment_, Direction::kUp,
                       WorkerMessage(Grant{.granted = std::move(granted)}));
}

// A batch of an attachment that broke. One of the attachment of now may bear the same number, if
// the coordinator was started again in between.
void WorkerModel::Do(const DropBatch& action) { orphans_.erase(action.batch); }

}  // namespace shoal::sim
