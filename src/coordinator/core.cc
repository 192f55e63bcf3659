#include "coordinator/core.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hex.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kHeartbeat{500'000};
// A stream that was silent for this long gives its worker id up to a newcomer.
constexpr microseconds kSilence{1'000'000};
constexpr std::size_t kMaxLost = 1024;
constexpr std::uint32_t kFirstRoundTripUs = 500;
// Weight of the newest batch in a worker's rate.
constexpr double kRateWeight = 1.0 / 32;

Refusal Draining() {
  return {.verdict = Verdict::kDraining,
          .message = "the server is shutting down; try another one",
          .retry_after = std::chrono::milliseconds(1000)};
}

}  // namespace

Core::Core(CoreOptions options) : options_(std::move(options)), scheduler_(options_.scheduler) {}

void Core::Step(microseconds now, std::vector<CoreEvent>& events) {
  scheduler_events_.clear();
  returned_.clear();
  bool stop = false;
  for (CoreEvent& event : events) {
    stop = stop || std::holds_alternative<StopNow>(event);
    Handle(now, event);
  }
  scheduler_.Step(now, scheduler_events_, actions_);
  Act(now);
  if (stop) OnStop();
  if (now >= next_heartbeat_) SendHeartbeats(now);
}

microseconds Core::NextWakeUp() const {
  const std::optional<microseconds> scheduled = scheduler_.NextWakeUp();
  return scheduled ? std::min(*scheduled, next_heartbeat_) : next_heartbeat_;
}

void Core::Handle(microseconds now, CoreEvent& event) {
  if (auto* arrived = std::get_if<CallArrived>(&event)) {
    Call& call = calls_[arrived->id];
    call.slot = arrived->slot;
    call.arrival = arrived->arrival;
    call.deadline = arrived->deadline;
    call.priority = arrived->priority;
    if (arrived->texts) {
      call.texts = std::move(arrived->texts);
      OnTexts(arrived->id, call);
    }
  } else if (auto* tokenized = std::get_if<CallTokenized>(&event)) {
    const auto found = calls_.find(tokenized->id);
    if (found == calls_.end()) return;  // cancelled meanwhile
    found->second.texts = std::move(tokenized->texts);
    OnTexts(tokenized->id, found->second);
  } else if (const auto* cancelled = std::get_if<CallCancelled>(&event)) {
    const auto found = calls_.find(cancelled->id);
    if (found == calls_.end()) return;
    if (found->second.texts) {
      scheduler_events_.push_back(RequestCancelled{.call = cancelled->id});
    } else {
      Finish(cancelled->id,
             Refusal{.verdict = Verdict::kCancelled, .message = "the client cancelled the call"});
    }
  } else if (auto* opened = std::get_if<StreamOpened>(&event)) {
    Worker& worker = workers_[opened->id];
    worker.stream = std::move(opened->stream);
    worker.last_heard = now;
  } else if (auto* message = std::get_if<StreamMessage>(&event)) {
    OnMessage(now, message->id, message->message);
  } else if (const auto* closed = std::get_if<StreamClosed>(&event)) {
    OnClosed(closed->id);
  } else if (std::holds_alternative<DrainBegins>(event)) {
    scheduler_events_.push_back(BeginDrain{});
    draining_ = true;
  }
}

void Core::OnTexts(CallId id, Call& call) {
  if (call.texts->refusal) {
    Finish(id, *std::move(call.texts->refusal));
    return;
  }
  scheduler_events_.push_back(RequestArrived{.call = id,
                                             .deadline = call.deadline,
                                             .lengths = call.texts->lengths,
                                             .bytes = call.texts->bytes(),
                                             .priority = call.priority});
}

void Core::OnMessage(microseconds now, AttachId id, WorkerMessage& message) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;  // closed by us; its last words do not matter
  Worker& worker = found->second;
  worker.last_heard = now;
  if (const auto* hello = std::get_if<Hello>(&message)) {
    OnHello(now, id, worker, *hello);
    return;
  }
  if (!worker.hello) {
    worker.stream->Send(Refuse{.why = "the first message must be Hello", .stay_away_ms = 1000});
    worker.stream->Close();
    return;
  }
  if (auto* result = std::get_if<BatchResult>(&message)) {
    OnResult(id, worker, *result);
  } else if (const auto* grant = std::get_if<Grant>(&message)) {
    scheduler_events_.push_back(CreditGranted{.attach = id, .granted = grant->granted});
  } else if (std::holds_alternative<WorkerStats>(message)) {
    scheduler_events_.push_back(WorkerHeard{.attach = id});
  } else if (std::holds_alternative<Drain>(message)) {
    scheduler_events_.push_back(WorkerDraining{.attach = id});
    worker.stream->Send(Drain{});  // no batch comes after this
    SetState(worker, WorkerState::kDraining);
  }
}

std::optional<std::string> Core::WhyRefuse(microseconds now, const Hello& hello) const {
  const ModelInfo& model = options_.model;
  if (hello.version < kOldestLinkVersion || hello.version > kLinkVersion) {
    return "worker speaks link version " + std::to_string(hello.version) + ", this coordinator " +
           std::to_string(kOldestLinkVersion) + " to " + std::to_string(kLinkVersion);
  }
  if (hello.model_digest != model.digest) {
    return "worker has the model " + hello.model_digest + ", this coordinator serves " +
           model.digest + " (" + model.name + ")";
  }
  if (hello.precision != model.precision) {
    return "worker runs " + std::string(Name(hello.precision)) + ", this coordinator serves " +
           std::string(Name(model.precision));
  }
  if (hello.dim != static_cast<std::uint32_t>(model.dim) || hello.lanes == 0 ||
      hello.worker_id.empty()) {
    return std::string("the Hello lacks a worker id or lanes, or has another dimension");
  }
  if (hello.max_batch_tokens < static_cast<std::uint32_t>(model.max_tokens)) {
    return "worker takes batches of at most " + std::to_string(hello.max_batch_tokens) +
           " tokens; one text may have " + std::to_string(model.max_tokens);
  }
  for (const auto& [id, other] : workers_) {
    if (!other.hello || other.hello->worker_id != hello.worker_id) continue;
    const bool gives_way =
        other.hello->incarnation == hello.incarnation || now - other.last_heard >= kSilence;
    if (!gives_way) {
      return "worker id '" + hello.worker_id + "' is in use by incarnation " +
             Hex(other.hello->incarnation);
    }
  }
  return std::nullopt;
}

void Core::OnHello(microseconds now, AttachId id, Worker& worker, const Hello& hello) {
  std::optional<std::string> why =
      worker.hello ? "a second Hello on one stream" : WhyRefuse(now, hello);
  if (why) {
    worker.stream->Send(Refuse{.why = *std::move(why), .stay_away_ms = 500});
    worker.stream->Close();
    return;
  }
  std::vector<AttachId> replaced;
  for (const auto& [other_id, other] : workers_) {
    if (other.hello && other.hello->worker_id == hello.worker_id) replaced.push_back(other_id);
  }
  for (const AttachId other : replaced) {
    workers_.at(other).stream->Close();
    OnClosed(other);
  }
  worker.hello = hello;
  worker.info = {.id = hello.worker_id,
                 .incarnation = Hex(hello.incarnation),
                 .lanes = static_cast<int>(hello.lanes),
                 .pid = static_cast<int>(hello.pid),
                 .kernel_table = hello.kernel_table,
                 .metrics_address = hello.metrics_address};
  lost_.erase(hello.worker_id);
  worker.stream->Send(Welcome{.coordinator_id = options_.coordinator_id,
                              .attach_id = id,
                              .batch_tokens = options_.scheduler.batch_tokens,
                              .attention_cost = options_.scheduler.attention_cost,
                              .round_trip_us = kFirstRoundTripUs});
  scheduler_events_.push_back(WorkerOpened{.attach = id,
                                           .worker_id = worker.hello->worker_id,
                                           .incarnation = hello.incarnation,
                                           .lanes = hello.lanes,
                                           .max_batch_tokens = hello.max_batch_tokens,
                                           .max_batch_items = hello.max_batch_items,
                                           .alpha_us = hello.alpha_us,
                                           .per_token_us = hello.per_token_us});
  SetState(worker, WorkerState::kReady);
}

void Core::OnResult(AttachId id, Worker& worker, BatchResult& result) {
  const auto done = std::count(result.statuses.begin(), result.statuses.end(), ItemStatus::kDone);
  const std::size_t expected =
      static_cast<std::size_t>(done) * static_cast<std::size_t>(options_.model.dim) * sizeof(float);
  if (result.vectors.size() != expected) {
    worker.stream->Send(Refuse{.why = "a result of " + std::to_string(result.vectors.size()) +
                                      " bytes of vectors, expected " + std::to_string(expected),
                               .stay_away_ms = 1000});
    worker.stream->Close();
    OnClosed(id);
    return;
  }
  worker.info.items_done += static_cast<std::uint64_t>(done);
  UpdateRate(worker, result);
  Returned& kept = returned_[result.id];
  kept = {.attach = id, .result = std::move(result)};
  scheduler_events_.push_back(BatchFinished{.attach = id,
                                            .batch = kept.result.id,
                                            .lane = kept.result.lane,
                                            .statuses = kept.result.statuses,
                                            .held = microseconds(kept.result.held_us),
                                            .execution = microseconds(kept.result.execution_us)});
  scheduler_events_.push_back(CreditGranted{.attach = id, .granted = kept.result.grant.granted});
}

void Core::UpdateRate(Worker& worker, const BatchResult& result) {
  const auto sent = worker.sent_tokens.find(result.id);
  if (sent == worker.sent_tokens.end()) return;
  const double tokens = sent->second;
  worker.sent_tokens.erase(sent);
  if (result.execution_us <= 0) return;
  const double rate = tokens * 1e6 / static_cast<double>(result.execution_us);
  double& average = worker.info.tokens_per_second;
  average = average == 0 ? rate : average + kRateWeight * (rate - average);
}

void Core::OnClosed(AttachId id) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  if (found->second.hello) {
    scheduler_events_.push_back(WorkerClosed{.attach = id});
    const bool drained = found->second.info.state == WorkerState::kDraining;
    SetState(found->second, drained ? WorkerState::kDrained : WorkerState::kLost);
    if (lost_.size() < kMaxLost) lost_[found->second.info.id] = found->second.info;
  }
  workers_.erase(found);
}

void Core::OnStop() {
  std::vector<CallId> open;
  for (const auto& [id, call] : calls_) open.push_back(id);
  for (const CallId id : open) Finish(id, Draining());
  for (auto& [id, worker] : workers_) {
    worker.stream->Send(Drain{});
    worker.stream->Close();
  }
}

void Core::SetState(Worker& worker, WorkerState state) {
  worker.info.state = state;
  ++workers_version_;
  if (options_.worker_changed) options_.worker_changed(worker.info);
}

void Core::Act(microseconds now) {
  for (const SchedulerAction& action : actions_) {
    std::visit([&](const auto& what) { Do(now, what); }, action);
  }
}

void Core::Do(microseconds now, const SendBatch& action) {
  Batch batch{.id = action.batch, .lane = action.lane};
  batch.items.reserve(action.items.size());
  for (const SentItem& item : action.items) {
    Call& call = calls_.at(item.call);
    const std::int32_t* ids = call.texts->ids.data() + call.texts->offsets[item.text_index];
    batch.token_ids.insert(batch.token_ids.end(), ids, ids + item.length);
    batch.items.push_back({.id = item.id,
                           .attempt = item.attempt,
                           .remaining_us = item.remaining_us,
                           .length = item.length});
    call.last_sent = now;
  }
  Worker& worker = workers_.at(action.attach);
  worker.sent_tokens[batch.id] = static_cast<std::uint32_t>(batch.token_ids.size());
  worker.stream->Send(std::move(batch));
}

void Core::Do(microseconds, const CancelSentItems& action) {
  workers_.at(action.attach)
      .stream->Send(CancelItems{.items = {action.items.begin(), action.items.end()}});
}

void Core::Do(microseconds, const CloseWorker& action) {
  const auto found = workers_.find(action.attach);
  if (found == workers_.end()) return;
  found->second.stream->Send(Refuse{.why = std::string(action.why), .stay_away_ms = 1000});
  found->second.stream->Close();
  SetState(found->second, WorkerState::kLost);
  if (lost_.size() < kMaxLost) lost_[found->second.info.id] = found->second.info;
  workers_.erase(found);
}

void Core::Do(microseconds, const WorkerChanged& action) {
  const auto found = workers_.find(action.attach);
  if (found != workers_.end()) SetState(found->second, action.state);
}

void Core::Do(microseconds, const ItemDone& action) {
  Call& call = calls_.at(action.call);
  const Returned& returned = returned_.at(action.batch);
  const std::size_t size = static_cast<std::size_t>(options_.model.dim) * sizeof(float);
  EmbedReply& reply = call.reply;
  reply.vectors.resize(size * call.texts->lengths.size());
  reply.vectors.replace(size * action.text_index, size, returned.result.vectors,
                        size * action.vector_index, size);
  reply.timing.compute_us = std::max(reply.timing.compute_us, returned.result.execution_us);
  const auto worker = workers_.find(returned.attach);
  if (worker == workers_.end()) return;
  const std::string& worker_id = worker->second.info.id;
  if (std::find(reply.worker_ids.begin(), reply.worker_ids.end(), worker_id) ==
      reply.worker_ids.end()) {
    reply.worker_ids.push_back(worker_id);
  }
}

void Core::Do(microseconds now, const FinishCall& action) {
  if (action.verdict != Verdict::kOk) {
    Finish(action.call, Refusal{.verdict = action.verdict,
                                .message = MessageOf(action),
                                .retry_after = action.retry_after});
    return;
  }
  Call& call = calls_.at(action.call);
  EmbedReply reply = std::move(call.reply);
  reply.dim = options_.model.dim;
  reply.token_counts = call.texts->lengths;
  reply.truncated = call.texts->truncated;
  reply.attempts = action.attempts;
  reply.timing.queue_us = (call.last_sent - call.arrival).count();
  reply.timing.total_us = (now - call.arrival).count();
  Finish(action.call, std::move(reply));
}

void Core::Finish(CallId id, EmbedOutcome outcome) {
  const auto found = calls_.find(id);
  CHECK(found != calls_.end(), "a call is finished once");
  ReplySlot* slot = found->second.slot;
  calls_.erase(found);
  slot->Finish(std::move(outcome));
}

void Core::SendHeartbeats(microseconds now) {
  next_heartbeat_ = now + kHeartbeat;
  for (auto& [id, worker] : workers_) {
    if (!worker.hello) continue;
    const auto round_trip = scheduler_.RoundTrip(id).value_or(microseconds(kFirstRoundTripUs));
    worker.stream->Send(
        CoordinatorStats{.round_trip_us = static_cast<std::uint32_t>(round_trip.count())});
  }
}

ServiceInfo Core::Info() const {
  ServiceInfo info{.version = options_.version,
                   .model = options_.model,
                   .coordinator_id = options_.coordinator_id,
                   .queued_items = scheduler_.queued_items()};
  for (const auto& [id, worker] : workers_) {
    if (worker.hello) info.workers.push_back(worker.info);
  }
  for (const auto& [id, worker] : lost_) info.workers.push_back(worker);
  std::sort(info.workers.begin(), info.workers.end(),
            [](const WorkerInfo& a, const WorkerInfo& b) { return a.id < b.id; });
  return info;
}

}  // namespace shoal
