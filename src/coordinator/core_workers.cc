// What the core does for workers and with them: their attachments from Hello to the end, and what
// operators want of them.
#include "coordinator/core.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "base/overloaded.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds kHeartbeat{500'000};
// An attachment that was silent for this long gives its worker id up to a newcomer.
constexpr microseconds kIdGivesWay{1'000'000};
constexpr std::size_t kMaxLost = 1024;
constexpr std::size_t kMaxDrainedIds = 1000;
constexpr std::uint32_t kFirstRoundTripUs = 500;
// Weight of the newest batch in a worker's rate.
constexpr double kRateWeight = 1.0 / 32;
// How long a worker that was refused is to stay away.
constexpr std::uint32_t kRefusedMs = 500;
constexpr std::uint32_t kBrokenMs = 1000;

void NoteStats(WorkerInfo& info, const WorkerStats& stats) {
  info.cpu_us = stats.cpu_us;
  info.resident_bytes = stats.resident_bytes;
  info.batches_executed = stats.batches_executed;
  info.items_executed = stats.items_executed;
  info.errors = stats.errors;
  info.forward_p99_us = stats.forward_p99_us;
}

// Without those that the worker gave back as they were.
std::uint32_t ExecutedItems(const BatchResult& result) {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      result.statuses, [](ItemStatus status) { return status != ItemStatus::kNotRun; }));
}

}  // namespace

void Core::Handle(microseconds now, AttachmentOpened& event) {
  Worker& worker = workers_[event.id];
  worker.attachment = std::move(event.attachment);
  worker.last_heard = now;
}

void Core::Handle(microseconds, const AttachmentClosed& event) {
  const Status fault = UnavailableError("its link ended without a goodbye");
  OnClosed(event.id, event.why.ok() ? fault : fault.CausedBy(event.why));
}

void Core::Handle(microseconds now, AttachmentMessage& event) {
  const AttachmentId id = event.id;
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;  // closed by us; its last words do not matter
  Worker& worker = found->second;
  worker.last_heard = now;
  if (!worker.hello && !std::holds_alternative<Hello>(event.message)) {
    worker.attachment->Send(
        Refuse{.why = "the first message must be Hello", .stay_away_ms = kBrokenMs});
    worker.attachment->Close();
    return;
  }
  std::visit(Overloaded{[&](const Hello& hello) { OnHello(now, id, worker, hello); },
                        [&](BatchResult& result) { OnResult(now, id, worker, result); },
                        [&](const Grant& grant) {
                          scheduler_events_.push_back(
                              CreditGranted{.attachment = id, .granted = grant.granted});
                        },
                        [&](const WorkerStats& stats) {
                          NoteStats(worker.info, stats);
                          scheduler_events_.push_back(WorkerHeard{.attachment = id});
                        },
                        [&](const Goodbye&) {
                          scheduler_events_.push_back(WorkerDraining{.attachment = id});
                          worker.attachment->Send(Goodbye{});  // no batch comes after this
                          SetState(worker, WorkerState::kDraining);
                        }},
             event.message);
}

std::optional<Refuse> Core::WhyRefuse(microseconds now, const Hello& hello) const {
  const ModelInfo& model = options_.model;
  const auto because = [](std::string why) {
    return Refuse{.why = std::move(why), .stay_away_ms = kRefusedMs};
  };
  if (hello.version < kOldestLinkVersion || hello.version > kLinkVersion) {
    return because("worker speaks link version " + std::to_string(hello.version) +
                   ", this coordinator " + std::to_string(kOldestLinkVersion) + " to " +
                   std::to_string(kLinkVersion));
  }
  if (hello.model_digest != model.digest) {
    return because("worker has the model " + hello.model_digest + ", this coordinator serves " +
                   model.digest + " (" + model.name + ")");
  }
  if (hello.precision != model.precision) {
    return because("worker runs " + std::string(Name(hello.precision)) +
                   ", this coordinator serves " + std::string(Name(model.precision)));
  }
  if (hello.dim != static_cast<std::uint32_t>(model.dim) || hello.lanes == 0 ||
      hello.worker_id.empty()) {
    return because("the Hello lacks a worker id or lanes, or has another dimension");
  }
  if (hello.max_batch_tokens < static_cast<std::uint32_t>(model.max_tokens)) {
    return because("worker takes batches of at most " + std::to_string(hello.max_batch_tokens) +
                   " tokens; one text may have " + std::to_string(model.max_tokens));
  }
  const microseconds away = scheduler_.StayAway(hello.worker_id, now);
  if (away > microseconds(0)) {
    const auto ms = std::chrono::ceil<milliseconds>(away).count();
    return Refuse{.why = "worker was sent away, for " + std::to_string(ms) + " ms more",
                  .stay_away_ms = static_cast<std::uint32_t>(ms)};
  }
  for (const auto& [id, other] : workers_) {
    if (!other.hello || other.hello->worker_id != hello.worker_id) continue;
    const bool gives_way =
        other.hello->incarnation == hello.incarnation || now - other.last_heard >= kIdGivesWay;
    if (!gives_way) {
      return because("worker id '" + hello.worker_id + "' is in use by incarnation " +
                     Hex(other.hello->incarnation));
    }
  }
  return std::nullopt;
}

void Core::OnHello(microseconds now, AttachmentId id, Worker& worker, const Hello& hello) {
  std::optional<Refuse> refuse =
      worker.hello ? Refuse{.why = "a second Hello on one attachment", .stay_away_ms = kRefusedMs}
                   : WhyRefuse(now, hello);
  if (refuse) {
    worker.attachment->Send(*std::move(refuse));
    worker.attachment->Close();
    return;
  }
  Replace(hello.worker_id);
  worker.hello = hello;
  worker.info = {.id = hello.worker_id,
                 .incarnation = Hex(hello.incarnation),
                 .attached = true,
                 .lanes = static_cast<int>(hello.lanes),
                 .pid = static_cast<int>(hello.pid),
                 .kernel_table = hello.kernel_table,
                 .metrics_address = hello.metrics_address,
                 .peer = std::string(worker.attachment->peer()),
                 .restarts = RestartsOf(hello)};
  worker.name = std::make_shared<const WorkerName>(
      WorkerName{.id = worker.info.id, .incarnation = worker.info.incarnation});
  lost_.erase(hello.worker_id);
  worker.attachment->Send(Welcome{.coordinator_id = options_.coordinator_id,
                                  .attachment_id = id,
                                  .batch_tokens = options_.scheduler.batch_tokens,
                                  .attention_cost = options_.scheduler.attention_cost,
                                  .round_trip_us = kFirstRoundTripUs});
  scheduler_events_.push_back(WorkerOpened{.attachment = id,
                                           .worker_id = worker.hello->worker_id,
                                           .incarnation = hello.incarnation,
                                           .lanes = hello.lanes,
                                           .max_batch_tokens = hello.max_batch_tokens,
                                           .max_batch_items = hello.max_batch_items,
                                           .alpha_us = hello.alpha_us,
                                           .per_token_us = hello.per_token_us});
  const bool drained = drained_ids_.contains(hello.worker_id);
  SetState(worker, drained ? WorkerState::kDrained : WorkerState::kReady);
}

// How often the worker has come back as a new process. Its last life stands among the lost.
std::uint32_t Core::RestartsOf(const Hello& hello) const {
  const auto place = lost_.find(hello.worker_id);
  if (place == lost_.end()) return 0;
  const WorkerInfo& last = place->second;
  return last.restarts + (last.incarnation == Hex(hello.incarnation) ? 0 : 1);
}

// Ends the older attachments of the id.
void Core::Replace(const std::string& worker_id) {
  std::vector<AttachmentId> replaced;
  for (const auto& [id, other] : workers_) {
    if (other.hello && other.hello->worker_id == worker_id) replaced.push_back(id);
  }
  for (const AttachmentId id : replaced) {
    workers_.at(id).attachment->Close();
    OnClosed(id, AbortedError("it came again over another link"));
  }
}

void Core::OnResult(microseconds now, AttachmentId id, Worker& worker, BatchResult& result) {
  const auto done = std::count(result.statuses.begin(), result.statuses.end(), ItemStatus::kDone);
  const std::size_t expected =
      static_cast<std::size_t>(done) * static_cast<std::size_t>(options_.model.dim) * sizeof(float);
  if (result.vectors.size() != expected) {
    const Status fault =
        InvalidArgumentError("a result of " + std::to_string(result.vectors.size()) +
                             " bytes of vectors, expected " + std::to_string(expected));
    worker.attachment->Send(Refuse{.why = fault.message(), .stay_away_ms = kBrokenMs});
    worker.attachment->Close();
    OnClosed(id, fault);
    return;
  }
  worker.info.items_done += static_cast<std::uint64_t>(done);
  if (ExecutedItems(result) > 0) ++worker.info.batches_done;
  Returned& kept =
      results_.emplace_back(Returned{.worker = worker.name, .result = std::move(result)});
  // Vectors are taken only from whom the batch was sent to, and once: whatever the scheduler makes
  // of the others, they are not in `returned_`.
  if (auto sent = worker.sent.extract(kept.result.id); !sent.empty()) {
    UpdateRate(worker, sent.mapped().tokens, kept.result);
    TellBatch(now, worker, sent.mapped(), kept.result);
    sent.mapped().returned = &kept;
    returned_.insert(std::move(sent));
  }
  scheduler_events_.push_back(BatchFinished{.attachment = id,
                                            .batch = kept.result.id,
                                            .lane = kept.result.lane,
                                            .statuses = kept.result.statuses,
                                            .held = microseconds(kept.result.held_us),
                                            .execution = microseconds(kept.result.execution_us)});
  scheduler_events_.push_back(
      CreditGranted{.attachment = id, .granted = kept.result.grant.granted});
}

void Core::TellBatch(microseconds now, const Worker& worker, const SentBatch& sent,
                     const BatchResult& result) const {
  if (!options_.batch_ended) return;
  options_.batch_ended({.batch = result.id,
                        .worker = worker.name,
                        .lane = result.lane,
                        .items = ExecutedItems(result),
                        .tokens = sent.tokens,
                        .sent = sent.sent,
                        .returned = now,
                        .held = microseconds(result.held_us),
                        .execution = microseconds(result.execution_us),
                        .predicted = sent.predicted,
                        .traces = sent.traces,
                        .trace = sent.trace});
}

void Core::UpdateRate(Worker& worker, std::uint32_t tokens, const BatchResult& result) {
  if (result.execution_us <= 0) return;
  const double rate = tokens * 1e6 / static_cast<double>(result.execution_us);
  double& average = worker.info.tokens_per_second;
  average = average == 0 ? rate : average + kRateWeight * (rate - average);
}

// `fault`: should the worker not have said goodbye.
void Core::OnClosed(AttachmentId id, const Status& fault) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  if (found->second.hello) scheduler_events_.push_back(WorkerClosed{.attachment = id});
  const bool drained = found->second.info.state == WorkerState::kDraining;
  if (drained) {
    Remove(id, WorkerState::kDrained, {});
  } else {
    Remove(id, WorkerState::kLost, stopping_ ? Status() : fault);
  }
}

void Core::Remove(AttachmentId id, WorkerState state, const Status& fault) {
  auto node = workers_.extract(id);
  Worker& worker = node.mapped();
  if (worker.hello) {
    worker.info.attached = false;
    SetState(worker, state, fault);
    const std::string& worker_id = worker.info.id;
    if (lost_.size() < kMaxLost || lost_.contains(worker_id)) lost_[worker_id] = worker.info;
  }
  removed_.push_back(std::move(node));
}

void Core::Handle(microseconds, OperatorAsked& asked) {
  Status status = CheckKnown(asked.worker_id);
  if (status.ok() && !asked.drained) {
    scheduler_events_.push_back(OperatorResume{.worker_id = asked.worker_id});
    drained_ids_.erase(asked.worker_id);
  } else if (status.ok() && drained_ids_.size() >= kMaxDrainedIds &&
             !drained_ids_.contains(asked.worker_id)) {
    status = ResourceExhaustedError(std::to_string(kMaxDrainedIds) +
                                    " workers are drained already; resume some first");
  } else if (status.ok()) {
    scheduler_events_.push_back(OperatorDrain{.worker_id = asked.worker_id});
    drained_ids_.insert(asked.worker_id);
  }
  answers_.push_back([done = std::move(asked.done), status] { done(status); });
}

Status Core::CheckKnown(const std::string& worker_id) const {
  if (lost_.contains(worker_id) || drained_ids_.contains(worker_id)) return {};
  std::string known;
  for (const WorkerInfo& worker : Info().workers) {
    if (worker.id == worker_id) return {};
    known += (known.empty() ? "" : ", ") + worker.id;
  }
  return NotFoundError("worker '" + worker_id +
                       "' is unknown here; known are: " + (known.empty() ? "none" : known));
}

void Core::SetState(Worker& worker, WorkerState state, const Status& fault) {
  if (worker.info.state == state) return;
  worker.info.state = state;
  ++workers_version_;
  if (options_.worker_changed) options_.worker_changed(worker.info, fault);
}

void Core::Do(microseconds, const CancelSentItems& action) {
  const auto found = workers_.find(action.attachment);
  if (found == workers_.end()) return;  // closed in this very Step
  found->second.attachment->Send(CancelItems{.items = {action.items.begin(), action.items.end()}});
}

void Core::Do(microseconds, const CloseWorker& action) {
  const auto found = workers_.find(action.attachment);
  if (found == workers_.end()) return;
  const bool away = action.stay_away > microseconds(0);
  const auto away_ms = std::chrono::ceil<milliseconds>(action.stay_away).count();
  found->second.attachment->Send(
      Refuse{.why = std::string(action.why),
             .stay_away_ms = away ? static_cast<std::uint32_t>(away_ms) : kBrokenMs});
  found->second.attachment->Close();
  Remove(action.attachment, away ? WorkerState::kEjected : WorkerState::kLost,
         AbortedError(std::string(action.why)));
}

void Core::Do(microseconds, const WorkerChanged& action) {
  const auto found = workers_.find(action.attachment);
  if (found != workers_.end()) SetState(found->second, action.state);
}

void Core::SendHeartbeats(microseconds now) {
  next_heartbeat_ = now + kHeartbeat;
  if (options_.demand != nullptr) {
    scaling_.Look(now, {.offered = options_.demand->Rate(now),
                        .ready = scheduler_.Ready(),
                        .draining = draining_});
  }
  for (auto& [id, worker] : workers_) {
    if (!worker.hello) continue;
    const auto round_trip = scheduler_.RoundTrip(id).value_or(microseconds(kFirstRoundTripUs));
    worker.attachment->Send(
        CoordinatorStats{.round_trip_us = static_cast<std::uint32_t>(round_trip.count())});
  }
}

ServiceInfo Core::Info() const {
  ServiceInfo info{.version = options_.version,
                   .model = options_.model,
                   .coordinator_id = options_.coordinator_id,
                   .queued_items = scheduler_.queued_items()};
  for (const auto& [id, worker] : workers_) {
    if (!worker.hello) continue;
    WorkerInfo& listed = info.workers.emplace_back(worker.info);
    const LaneLoad load = scheduler_.LoadOf(id);
    listed.credit = load.credit;
    listed.in_flight = load.in_flight;
  }
  for (const auto& [id, worker] : lost_) info.workers.push_back(worker);
  std::sort(info.workers.begin(), info.workers.end(),
            [](const WorkerInfo& a, const WorkerInfo& b) { return a.id < b.id; });
  return info;
}

CoordinatorFigures Core::Figures(microseconds now) {
  const PoolView pool = scheduler_.Pool(now);
  CoordinatorFigures figures{.counters = scheduler_.counters(),
                             .queued_bytes = scheduler_.queued_bytes(),
                             .open_calls = calls_.size(),
                             .capacity = scheduler_.Ready().speed * 1e6,
                             .desired_workers = scaling_.desired_workers()};
  if (options_.demand != nullptr) {
    figures.offered = options_.demand->Rate(now).per_us * 1e6;
    figures.offered_total = options_.demand->Total();
  }
  for (std::size_t i = 0; i < kQueueKinds; ++i) {
    const auto kind = static_cast<QueueKind>(i);
    QueueFigures& queue = figures.queues[i];
    queue.items = scheduler_.queued_items(kind);
    const auto cost = static_cast<double>(scheduler_.queued_cost(kind));
    if (pool.speed > 0) queue.seconds = cost / (pool.speed * 1e6);
    const auto oldest = scheduler_.OldestArrival(kind);
    if (oldest) queue.oldest_age = std::chrono::duration<double>(now - *oldest).count();
  }
  return figures;
}

}  // namespace shoal
