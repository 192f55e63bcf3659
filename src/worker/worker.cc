#include "worker/worker.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "json/writer.h"
#include "telemetry/log.h"
#include "worker/worker_owner.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kInbox = 4096;
constexpr std::uint32_t kMaxBatchItems = 4096;
constexpr std::int32_t kAnyToken = 100;
constexpr std::size_t kHealthConnections = 64;

microseconds ToMicroseconds(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<microseconds>(time.time_since_epoch());
}

}  // namespace

Worker::Worker(WorkerOptions options, Dialer dialer, SocketLoop& loop, const Clock& clock)
    : options_(std::move(options)),
      dialer_(std::move(dialer)),
      loop_(loop),
      clock_(clock),
      inbox_(loop, kInbox) {}

Result<std::unique_ptr<Worker>> Worker::Start(WorkerOptions options, const ModelFolder& folder,
                                              Dialer dialer, SocketLoop& loop, const Clock& clock) {
  const auto start = clock.Now();
  ASSIGN_OR_RETURN(std::shared_ptr<const Weights> weights,
                   Weights::Load(folder, {.precision = options.precision}));
  const microseconds load = std::chrono::duration_cast<microseconds>(clock.Now() - start);
  if (const Status& why = weights->why_private(); !why.ok()) {
    LogWarn("weights.private", "the weights are in this worker's own memory", {ExcInfo(why)});
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Worker> worker,
                   Start(std::move(options), folder, weights, std::move(dialer), loop, clock));
  worker->start_times_.load = load;
  worker->probe_->ModelLoaded(load);
  return worker;
}

Result<std::unique_ptr<Worker>> Worker::Start(WorkerOptions options, const ModelFolder& folder,
                                              const std::shared_ptr<const Weights>& weights,
                                              Dialer dialer, SocketLoop& loop, const Clock& clock) {
  if (options.coordinators.empty()) {
    return InvalidArgumentError("a worker needs at least one --coordinator HOST:PORT");
  }
  std::unique_ptr<Worker> worker(new Worker(std::move(options), std::move(dialer), loop, clock));
  RETURN_IF_ERROR(worker->Prepare(folder, weights));
  worker->owner_ = std::make_unique<Owner>(*worker, ToMicroseconds(clock.Now()));
  worker->inbox_.Run(
      [raw = worker.get()](std::vector<Event>& events) { return raw->Step(events); });
  return worker;
}

Status Worker::Prepare(const ModelFolder& folder, const std::shared_ptr<const Weights>& weights) {
  const std::uint32_t batch_tokens =
      std::max(options_.batch_tokens, static_cast<std::uint32_t>(weights->max_tokens()));
  std::vector<Lane> lanes;
  for (std::uint32_t i = 0; i < options_.threads; ++i) lanes.emplace_back(weights, batch_tokens);
  const auto start = clock_.Now();
  const BatchTimeFit fit = WarmUp(lanes[0], weights->dim(), AttentionCost(weights->dim()),
                                  std::min(kAnyToken, folder.config.vocabulary_size - 1), clock_);
  start_times_.warm_up = std::chrono::duration_cast<microseconds>(clock_.Now() - start);
  vocabulary_size_ = folder.config.vocabulary_size;
  max_text_tokens_ = static_cast<std::uint32_t>(weights->max_tokens());
  hello_ = {.worker_id = options_.worker_id,
            .incarnation = options_.incarnation,
            .model_digest = folder.digest,
            .precision = options_.precision,
            .dim = static_cast<std::uint32_t>(weights->dim()),
            .lanes = options_.threads,
            .max_batch_items = kMaxBatchItems,
            .max_batch_tokens = batch_tokens,
            .kernel_table = std::string(weights->kernel_table()),
            .pid = static_cast<std::uint32_t>(getpid()),
            .alpha_us = fit.alpha_us,
            .per_token_us = fit.per_token_us};
  probe_ = std::make_unique<WorkerProbe>(
      registry_, WorkerProbe::Labels{.version = options_.version,
                                     .kernel_table = hello_.kernel_table,
                                     .model = folder.name,
                                     .precision = std::string(Name(options_.precision))});
  probe_->LanesMade(lanes.size() * lanes[0].activation_bytes());
  registry_.AddSource([this](MetricFigures& to) { AddSpanMetrics(exporter_.get(), to); });
  StartTraces();
  if (!options_.metrics_listen.empty()) {
    RETURN_IF_ERROR(StartHealth());
  }
  StartLanes(std::move(lanes));
  return {};
}

// On the loop of the link: a text of metrics is made in some 100 us and is asked for once in some
// seconds, and a lane has its next batch by then.
Status Worker::StartHealth() {
  HttpServerOptions options{
      .listen = options_.metrics_listen,
      .serve = {.limits = {.max_body_bytes = 0, .max_connections = kHealthConnections},
                .handler = HealthHandler({.report = [this] { return Report(); },
                                          .metrics = [this] { return registry_.Text(); }})}};
  ASSIGN_OR_RETURN(health_, HttpServer::Start(std::move(options), clock_, loop_));
  hello_.metrics_address = health_->address();
  return {};
}

void Worker::StartTraces() {
  if (!options_.traces) return;
  TraceOptions traces = *options_.traces;
  traces.resource.emplace_back("service.version", options_.version);
  traces.resource.emplace_back("service.instance.id", hello_.worker_id);
  traces.resource.emplace_back("worker_id", hello_.worker_id);
  traces.resource.emplace_back("incarnation", Hex(hello_.incarnation));
  exporter_ = SpanExporter::Start(std::move(traces), options_.version, loop_, clock_);
}

void Worker::StartLanes(std::vector<Lane> lanes) {
  for (std::uint32_t i = 0; i < lanes.size(); ++i) {
    LaneThread::Options options{.lane = i};
    if (options_.core_index) options.core_index = *options_.core_index + i;
    options.started = [this](std::size_t items) {
      items_executed_ += items;
      ++batches_executed_;
      probe_->BatchStarted(items);
    };
    options.idled = [this](std::chrono::nanoseconds time) { probe_->LaneIdled(time); };
    options.finished = [this](LaneResult result) { inbox_.Post(std::move(result)); };
    lanes_.push_back(std::make_unique<LaneThread>(std::move(lanes[i]), static_cast<int>(hello_.dim),
                                                  std::move(options), clock_));
  }
}

Worker::~Worker() {
  inbox_.Stop();
  loop_.PostAndWait([this] { owner_.reset(); });
}

void Worker::Drain() { inbox_.Post(DrainAsked{}); }

bool Worker::WaitUntilDrained(std::chrono::steady_clock::time_point until) {
  MutexLock lock(mutex_);
  while (!drained_) {
    if (!changed_.WaitUntil(mutex_, until)) return drained_;
  }
  return true;
}

void Worker::FlushTraces(std::chrono::steady_clock::time_point until) {
  if (exporter_) exporter_->Flush(until);
}

HealthReport Worker::Report() const {
  const WorkerState state = state_;
  HealthReport report{.ready = state == WorkerState::kReady, .json = ""};
  JsonWriter json(report.json);
  json.BeginObject().Key("worker_id").String(options_.worker_id);
  json.Key("incarnation").String(Hex(hello_.incarnation));
  json.Key("state").String(Name(state)).EndObject();
  return report;
}

std::chrono::steady_clock::time_point Worker::Step(std::vector<Event>& events) {
  using TimePoint = std::chrono::steady_clock::time_point;
  if (!owner_) return TimePoint::max();
  const microseconds now = ToMicroseconds(clock_.Now());
  for (Event& event : events) owner_->Handle(now, event);
  owner_->Turn(now);
  if (!owner_->done(now)) return TimePoint(owner_->NextWakeUp(now));
  owner_.reset();
  SetDrained();
  return TimePoint::max();
}

void Worker::SetDrained() {
  state_ = WorkerState::kDrained;
  {
    MutexLock lock(mutex_);
    drained_ = true;
  }
  changed_.NotifyAll();
}

}  // namespace shoal
