#include "coordinator_model.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace shoal::sim {

namespace {

constexpr microseconds kHeartbeat{500'000};
constexpr microseconds kIdGivesWay{1'000'000};
constexpr std::uint32_t kFirstRoundTripUs = 500;
constexpr microseconds kRefusedFor{500'000};

std::int64_t Int(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

CoordinatorModel::CoordinatorModel(Shared& shared) : shared_(shared) {}

void CoordinatorModel::Start() {
  SchedulerOptions options = shared_.scenario.options;
  options.planted_bug = shared_.mutant.bug;
  scheduler_ = std::make_unique<Scheduler>(options);
  draining_ = false;
  next_heartbeat_ = Clock();
  shared_.checker.CoordinatorStarts(*scheduler_);
  Plan(shared_.time.now());
}

void CoordinatorModel::Kill() {
  if (!up()) return;
  shared_.coverage.Counters(scheduler_->counters());
  shared_.checker.CoordinatorLost();
  shared_.network.CoordinatorGone();
  for (CallId call = 1; call <= shared_.clients.count(); ++call) {
    if (!shared_.clients.At(call).ended) shared_.clients.Lost(call);
  }
  scheduler_.reset();
  inbox_.clear();
  peers_.clear();
  replaced_.clear();
  replies_.clear();
}

void CoordinatorModel::Resume() {
  if (--paused_ == 0 && up()) Plan(shared_.time.now());
}

void CoordinatorModel::Arrive(CallId call) {
  if (!up()) return shared_.clients.Lost(call);
  Push(Arrived{call});
}

void CoordinatorModel::Cancel(CallId call) {
  if (up() && !shared_.clients.At(call).ended) Push(Cancelled{call});
}

void CoordinatorModel::OnPacket(AttachmentId attachment, Packet packet) {
  if (!up()) return shared_.network.Close(attachment, Direction::kDown);
  Push(Received{attachment, std::move(packet)});
}

void CoordinatorModel::OperatorDrains(const std::string& worker_id, bool drains) {
  if (up()) Push(OperatorSays{worker_id, drains});
}

void CoordinatorModel::BeginDrain() {
  if (up() && !draining_) Push(Drains{});
}

void CoordinatorModel::Push(Input input) {
  inbox_.push_back(std::move(input));
  Plan(shared_.time.now() + shared_.scenario.turn);
}

void CoordinatorModel::Plan(microseconds at) {
  const microseconds now = shared_.time.now();
  if (next_turn_ > now && next_turn_ <= at) return;
  next_turn_ = std::max(at, now);
  shared_.time.Add(next_turn_, {.kind = EventKind::kCoordinatorTurn});
}

void CoordinatorModel::Turn() {
  if (!up() || paused_ > 0) return;
  if (shared_.scenario.one_event) {
    for (std::size_t left = inbox_.size(); left > 0 && !shared_.failures.any(); --left) Step(1);
  }
  Step(inbox_.size());
  if (Clock() >= next_heartbeat_) SendHeartbeats();
  microseconds next = next_heartbeat_;
  if (const auto wake_up = scheduler_->NextWakeUp()) next = std::min(next, *wake_up);
  Plan(std::max(next - clock_, shared_.time.now() + microseconds(1)));
}

void CoordinatorModel::Step(std::size_t inputs) {
  events_.clear();
  results_.clear();
  grants_.clear();
  names_.clear();
  for (std::size_t i = 0; i < inputs; ++i) {
    Input input = std::move(inbox_.front());
    inbox_.pop_front();
    Take(input);
  }
  const microseconds now = Clock();
  shared_.checker.BeforeStep(now, events_);
  scheduler_->Step(now, events_, actions_);
  shared_.checker.AfterStep(now, events_, actions_);
  for (const SchedulerAction& action : actions_) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void CoordinatorModel::Take(Input& input) {
  if (const auto* arrived = std::get_if<Arrived>(&input)) {
    const CallRecord& call = shared_.clients.At(arrived->call);
    replies_[call.id].vectors.resize(call.lengths.size());
    shared_.Note(Did::kArrive, Int(call.id), Int(call.lengths.size()), call.deadline.count(),
                 static_cast<std::int64_t>(call.priority), Int(call.client));
    events_.push_back(CallOffered{.call = call.id,
                                  .deadline = call.deadline,
                                  .lengths = call.lengths,
                                  .bytes = call.bytes,
                                  .priority = call.priority,
                                  .client = call.client,
                                  .fingerprints = call.fingerprints});
  } else if (const auto* cancelled = std::get_if<Cancelled>(&input)) {
    shared_.Note(Did::kCancel, Int(cancelled->call));
    events_.push_back(CallWithdrawn{cancelled->call});
  } else if (auto* received = std::get_if<Received>(&input)) {
    if (std::holds_alternative<AttachmentEnd>(received->packet))
      return OnClosed(received->attachment);
    OnMessage(received->attachment, std::get<WorkerMessage>(received->packet));
  } else if (const auto* says = std::get_if<OperatorSays>(&input)) {
    const std::string& name = names_.emplace_back(says->worker_id);
    if (says->drains) {
      events_.push_back(OperatorDrain{name});
    } else {
      events_.push_back(OperatorResume{name});
    }
  } else {
    draining_ = true;
    events_.push_back(shoal::BeginDrain{});
  }
}

AttachmentId CoordinatorModel::TakenFor(AttachmentId attachment) {
  const auto old = replaced_.find(attachment);
  if (shared_.mutant.link != LinkBug::kStaleAttachment || old == replaced_.end()) return attachment;
  for (const auto& [newer, peer] : peers_) {
    if (peer.welcome && peer.worker_id == old->second) return newer;
  }
  return attachment;
}

void CoordinatorModel::OnMessage(AttachmentId attachment, WorkerMessage& message) {
  if (auto* hello = std::get_if<Hello>(&message)) {
    return OnHello(attachment, peers_[attachment], *hello);
  }
  const AttachmentId taken_for = TakenFor(attachment);
  const auto place = peers_.find(taken_for);
  if (place == peers_.end() || !place->second.welcome) return;  // closed by us
  place->second.heard = Clock();
  if (auto* result = std::get_if<BatchResult>(&message)) {
    OnResult(taken_for, *result);
  } else if (auto* grant = std::get_if<Grant>(&message)) {
    shared_.checker.OnGrant(attachment, grant->granted);
    events_.push_back(CreditGranted{.attachment = taken_for,
                                    .granted = grants_.emplace_back(std::move(grant->granted))});
  } else if (std::holds_alternative<WorkerStats>(message)) {
    events_.push_back(WorkerHeard{.attachment = taken_for});
  } else if (std::holds_alternative<Goodbye>(message)) {
    events_.push_back(WorkerDraining{.attachment = taken_for});
    shared_.coverage.State(WorkerState::kDraining);
    shared_.network.Send(taken_for, Direction::kDown, CoordinatorMessage(Goodbye{}));
  }
}

void CoordinatorModel::Refuse(AttachmentId attachment, Peer& peer, const Hello& hello,
                              microseconds stay_away) {
  const std::int64_t ms = (stay_away.count() + 999) / 1000;
  shared_.Note(Did::kRefuse, Int(attachment), shared_.network.WorkerOf(attachment), ms);
  shared_.network.Send(
      attachment, Direction::kDown,
      CoordinatorMessage(
          shoal::Refuse{.why = hello.worker_id, .stay_away_ms = static_cast<std::uint32_t>(ms)}));
  shared_.network.Close(attachment, Direction::kDown);
  peer.welcome = false;
}

void CoordinatorModel::OnHello(AttachmentId attachment, Peer& peer, const Hello& hello) {
  const microseconds away = scheduler_->StayAway(hello.worker_id, Clock());
  if (away > microseconds(0)) {
    shared_.coverage.State(WorkerState::kEjected);
    return Refuse(attachment, peer, hello, away);
  }
  std::vector<AttachmentId> replaced;
  for (const auto& [older, other] : peers_) {
    if (!other.welcome || other.worker_id != hello.worker_id) continue;
    const bool gives_way =
        other.incarnation == hello.incarnation || Clock() - other.heard >= kIdGivesWay;
    if (!gives_way) return Refuse(attachment, peer, hello, kRefusedFor);
    replaced.push_back(older);
  }
  for (const AttachmentId old : replaced) {
    if (shared_.mutant.link == LinkBug::kStaleAttachment) {
      replaced_[old] = hello.worker_id;
    } else {
      shared_.network.Close(old, Direction::kDown);
    }
    OnClosed(old);
  }
  peer = {.welcome = true,
          .worker_id = hello.worker_id,
          .incarnation = hello.incarnation,
          .heard = Clock()};
  shared_.Note(Did::kWelcome, Int(attachment), shared_.network.WorkerOf(attachment));
  shared_.coverage.State(WorkerState::kReady);
  const SchedulerOptions& options = shared_.scenario.options;
  shared_.network.Send(attachment, Direction::kDown,
                       CoordinatorMessage(Welcome{.attachment_id = attachment,
                                                  .batch_tokens = options.batch_tokens,
                                                  .attention_cost = options.attention_cost,
                                                  .round_trip_us = kFirstRoundTripUs}));
  events_.push_back(WorkerOpened{.attachment = attachment,
                                 .worker_id = names_.emplace_back(hello.worker_id),
                                 .incarnation = hello.incarnation,
                                 .lanes = hello.lanes,
                                 .max_batch_tokens = hello.max_batch_tokens,
                                 .max_batch_items = hello.max_batch_items,
                                 .alpha_us = hello.alpha_us,
                                 .per_token_us = hello.per_token_us});
}

void CoordinatorModel::OnResult(AttachmentId attachment, BatchResult& result) {
  shared_.checker.OnGrant(attachment, result.grant.granted);
  BatchResult& kept = results_[result.id];
  kept = std::move(result);
  events_.push_back(BatchFinished{.attachment = attachment,
                                  .batch = kept.id,
                                  .lane = kept.lane,
                                  .statuses = kept.statuses,
                                  .held = microseconds(kept.held_us),
                                  .execution = microseconds(kept.execution_us)});
  events_.push_back(CreditGranted{.attachment = attachment, .granted = kept.grant.granted});
}

void CoordinatorModel::OnClosed(AttachmentId attachment) {
  const auto place = peers_.find(attachment);
  if (place == peers_.end()) return;
  if (place->second.welcome) {
    events_.push_back(WorkerClosed{.attachment = attachment});
    shared_.coverage.State(WorkerState::kLost);
  }
  peers_.erase(place);
}

void CoordinatorModel::Do(const SendBatch& action) {
  shared_.coverage.Sent(action.reason);
  shared_.Note(Did::kSend, Int(action.attachment), Int(action.batch), action.lane,
               Int(action.items.size()), static_cast<std::int64_t>(action.reason));
  Batch batch{.id = action.batch, .lane = action.lane};
  for (const SentItem& item : action.items) {
    const bool probe = item.call == kNoCall;
    batch.token_ids.push_back(probe ? kProbeText
                                    : shared_.clients.At(item.call).texts[item.text_index]);
    batch.items.push_back({.id = item.id,
                           .attempt = item.attempt,
                           .remaining_us = item.remaining_us,
                           .length = item.length});
  }
  shared_.network.Send(action.attachment, Direction::kDown, CoordinatorMessage(std::move(batch)));
}

void CoordinatorModel::Do(const CancelSentItems& action) {
  shared_.Note(Did::kRecall, Int(action.attachment), Int(action.items.size()),
               Int(action.items.front()));
  shared_.network.Send(
      action.attachment, Direction::kDown,
      CoordinatorMessage(CancelItems{.items = {action.items.begin(), action.items.end()}}));
}

void CoordinatorModel::Do(const CloseWorker& action) {
  shared_.coverage.Closed(action.why);
  shared_.coverage.State(WorkerState::kLost);
  const std::int64_t away = std::max<std::int64_t>(1000, action.stay_away.count() / 1000);
  shared_.Note(Did::kClose, Int(action.attachment), away);
  shared_.network.Send(
      action.attachment, Direction::kDown,
      CoordinatorMessage(shoal::Refuse{.why = std::string(action.why),
                                       .stay_away_ms = static_cast<std::uint32_t>(away)}));
  shared_.network.Close(action.attachment, Direction::kDown);
  peers_.erase(action.attachment);
}

void CoordinatorModel::Do(const WorkerChanged& action) {
  shared_.coverage.State(action.state);
  shared_.Note(Did::kState, Int(action.attachment), static_cast<std::int64_t>(action.state));
}

void CoordinatorModel::Do(const ItemDone& action) {
  shared_.Note(Did::kItemDone, Int(action.call), action.text_index, Int(action.batch));
  const auto result = results_.find(action.batch);
  const std::size_t offset = action.vector_index * sizeof(std::uint64_t);
  if (result == results_.end() || result->second.vectors.size() < offset + sizeof(std::uint64_t)) {
    return shared_.failures.Fail(2, "an item is done without a vector that came in this Step");
  }
  std::memcpy(&replies_[action.call].vectors[action.text_index],
              result->second.vectors.data() + offset, sizeof(std::uint64_t));
}

void CoordinatorModel::Do(const FinishCall& action) {
  shared_.coverage.Finished(action);
  shared_.Note(Did::kFinish, Int(action.call), static_cast<std::int64_t>(action.verdict),
               action.admitted, action.attempts, action.retry_after.count());
  CallRecord& call = shared_.clients.At(action.call);
  if (action.verdict == Verdict::kOk) {
    const std::vector<std::uint64_t>& vectors = replies_[action.call].vectors;
    for (std::size_t i = 0; i < call.texts.size(); ++i) {
      if (vectors[i] == VectorOf(call.texts[i])) continue;
      shared_.failures.Fail(2, "call " + std::to_string(call.id) +
                                   " got a vector that is not that of its text " +
                                   std::to_string(i));
    }
  }
  replies_.erase(action.call);
  shared_.clients.Answered(action.call, action.verdict, action.retry_after);
}

void CoordinatorModel::SendHeartbeats() {
  next_heartbeat_ = Clock() + kHeartbeat;
  for (const auto& [attachment, peer] : peers_) {
    if (!peer.welcome) continue;
    const microseconds round_trip =
        scheduler_->RoundTrip(attachment).value_or(microseconds(kFirstRoundTripUs));
    shared_.network.Send(attachment, Direction::kDown,
                         CoordinatorMessage(CoordinatorStats{
                             .round_trip_us = static_cast<std::uint32_t>(round_trip.count())}));
  }
}

bool CoordinatorModel::Usable(const std::string& worker_id, AttachmentId attachment) const {
  const auto place = peers_.find(attachment);
  return place != peers_.end() && place->second.welcome && place->second.worker_id == worker_id &&
         scheduler_->RoundTrip(attachment).has_value();
}

}  // namespace shoal::sim
