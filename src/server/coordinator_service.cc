#include "server/coordinator_service.h"

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/hex.h"
#include "base/rng.h"
#include "json/writer.h"
#include "telemetry/log.h"
#include "tokenizer/tokenizer.h"
#include "tracing/record_spans.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// What a server has at least to end in.
constexpr milliseconds kLeastGrace{500};
// Events that wait for the coordinator's thread.
constexpr std::size_t kInbox = 65'536;
constexpr std::size_t kMetricsConnections = 64;
// The end waits so long for a collector.
constexpr std::chrono::seconds kFlush{2};

std::string NewCoordinatorId() { return "coordinator-" + Hex(RandomSeed()).substr(0, 8); }

const char* NameOf(Pooling pooling) {
  if (pooling == Pooling::kMean) return "mean";
  return pooling == Pooling::kCls ? "cls" : "max";
}

CoordinatorOptions OptionsOf(const CoordinatorServiceOptions& options, const ModelFolder& folder) {
  CoordinatorOptions out{.default_deadline = options.default_deadline,
                         .prompts = folder.prompts,
                         .default_prompt_name = folder.default_prompt_name};
  out.core.version = options.version;
  out.core.coordinator_id = NewCoordinatorId();
  out.core.model = {.name = folder.name,
                    .digest = folder.digest,
                    .precision = options.precision,
                    .dim = folder.config.hidden_size,
                    .max_tokens = folder.max_tokens,
                    .pooling = NameOf(folder.pooling),
                    .normalized = folder.normalize};
  out.core.scheduler = options.scheduler;
  out.core.scheduler.attention_cost = AttentionCost(folder.config.hidden_size);
  out.core.scheduler.seed = RandomSeed();
  return out;
}

void LogChange(const WorkerInfo& worker, const Status& fault) {
  const std::string_view state = Name(worker.state);
  const std::string message = "worker is " + std::string(state);
  const LogField id{"worker_id", worker.id};
  const LogField incarnation{"incarnation", worker.incarnation};
  if (fault.ok()) {
    LogInfo("worker.changed", message, {id, incarnation, {"state", state}});
  } else {
    LogError("worker.changed", message, {id, incarnation, {"state", state}, ExcInfo(fault)});
  }
}

// Only this machine reaches it.
bool IsPrivate(const std::string& listen) {
  const Result<Address> address = ParseAddress(listen);
  return address.ok() && IsLoopback(*address);
}

}  // namespace

CoordinatorService::CoordinatorService(CoordinatorServiceOptions options,
                                       std::unique_ptr<SocketLoop> sockets, const ModelInfo& model,
                                       const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      received_(options_.limits.max_received_bytes),
      observer_({.version = options_.version,
                 .model = model,
                 .slow_request = options_.slow_request,
                 .requests_logged_per_second = options_.requests_logged_per_second}),
      refused_clients_(clock, "grpc"),
      refused_http_clients_(clock, "http"),
      refused_operators_(clock, "dashboard"),
      refused_workers_(clock, "worker"),
      turned_away_(clock),
      sockets_(std::move(sockets)),
      loop_(std::make_unique<SocketEventLoop<CoreEvent>>(*sockets_, kInbox)) {}

Result<std::unique_ptr<CoordinatorService>> CoordinatorService::Start(
    CoordinatorServiceOptions options, const ModelFolder& folder, const Clock& clock) {
  if (!IsPrivate(options.worker_listen) && options.join_token.empty() &&
      !options.insecure_worker_link) {
    return FailedPreconditionError(
        "--worker-listen " + options.worker_listen +
        " is reached from other machines: give --join-token-file on both sides, or say "
        "--insecure-worker-link where the network is trusted");
  }
  ASSIGN_OR_RETURN(Tokenizer tokenizer,
                   Tokenizer::Create(folder.tokenizer,
                                     {.max_tokens = folder.max_tokens,
                                      .special_tokens_as_text = options.special_tokens_as_text}));
  CoordinatorOptions coordinator_options = OptionsOf(options, folder);
  ASSIGN_OR_RETURN(std::unique_ptr<SocketLoop> sockets, SocketLoop::Start(clock));
  std::unique_ptr<CoordinatorService> service(new CoordinatorService(
      std::move(options), std::move(sockets), coordinator_options.core.model, clock));
  coordinator_options.workers_changed = [raw = service.get()] {
    raw->UpdateServing();
    if (raw->options_.workers_changed) raw->options_.workers_changed();
  };
  CoreOptions& core = coordinator_options.core;
  core.worker_changed = [raw = service.get()](const WorkerInfo& worker, const Status& fault) {
    LogChange(worker, fault);
    if (raw->dashboard_) raw->dashboard_->WorkerChanged(worker, fault);
  };
  core.second_attempt = [raw = service.get()](const WorkerInfo& worker) {
    if (raw->dashboard_) raw->dashboard_->SecondAttempt(worker);
  };
  core.batch_ended = [raw = service.get()](const BatchRecord& record) {
    raw->observer_.BatchEnded(record);
    if (raw->dashboard_) raw->dashboard_->BatchEnded(record);
  };
  service->StartTraces(core);
  if (!service->options_.record_scheduler.empty()) {
    ASSIGN_OR_RETURN(service->recording_,
                     RecordingFile::Create(service->options_.record_scheduler, core.scheduler));
    core.stepped = [file = service->recording_.get()](microseconds now, auto events, auto actions) {
      file->Add(now, events, actions);
    };
  }
  service->coordinator_ = std::make_unique<Coordinator>(
      std::move(coordinator_options), std::move(tokenizer), clock, *service->loop_);
  service->observer_.AddSources([raw = service.get()] { return raw->coordinator_->Figures(); },
                                [raw = service.get()] { return raw->Info(); });
  service->observer_.AddSource([raw = service.get()](MetricFigures& to) {
    const auto number = [](auto count) { return static_cast<double>(count); };
    DashboardEdge* const edge = raw->dashboard_.get();
    to.Add(metric::kEventStreamClients, edge == nullptr ? 0 : number(edge->followers()));
    to.Add(metric::kEventStreamDropped, edge == nullptr ? 0 : number(edge->dropped()));
  });
  RETURN_IF_ERROR(service->StartServers(folder));
  return service;
}

void CoordinatorService::StartTraces(CoreOptions& core) {
  if (!options_.traces) return;
  TraceOptions traces = *options_.traces;
  traces.resource.emplace_back("service.version", options_.version);
  traces.resource.emplace_back("service.instance.id", core.coordinator_id);
  exporter_ = SpanExporter::Start(std::move(traces), options_.version, *sockets_, clock_);
  observer_.TraceTo(*exporter_);
  core.new_trace = [exporter = exporter_.get()] { return NewBatchTrace(exporter->ids()); };
}

std::optional<TraceSampler> CoordinatorService::sampler() const {
  if (!exporter_) return std::nullopt;
  return exporter_->sampler();
}

Status CoordinatorService::StartServers(const ModelFolder& folder) {
  if (!options_.dashboard_listen.empty()) RETURN_IF_ERROR(StartDashboard());
  ASSIGN_OR_RETURN(
      public_server_,
      PublicServer::Start(
          {.listen = options_.grpc_listen,
           .limits = options_.limits,
           .dim = folder.config.hidden_size,
           .model_aliases = options_.model_aliases,
           .operator_handler = coordinator_.get(),
           .operator_token = options_.operator_token,
           .received = &received_,
           .connection_refused = [this](const auto& refused) { refused_clients_.Add(refused); },
           .call_ended = [this](const auto& record) { CallEnded(record); },
           .sampler = sampler()},
          *coordinator_, clock_, *sockets_));
  grpc_address_ = public_server_->address();
  if (!options_.http_listen.empty()) RETURN_IF_ERROR(StartHttp(folder));
  if (!options_.metrics_listen.empty()) RETURN_IF_ERROR(StartMetrics());
  ASSIGN_OR_RETURN(
      link_server_,
      LinkServer::Start(
          {.listen = options_.worker_listen,
           .socket_path = options_.worker_socket,
           .join_token = options_.join_token,
           .connection_refused = [this](const auto& refused) { refused_workers_.Add(refused); },
           .turned_away = [this](const auto& who) { turned_away_.Add(who); }},
          *coordinator_, *sockets_));
  worker_address_ = link_server_->address();
  return {};
}

Status CoordinatorService::StartHttp(const ModelFolder& folder) {
  ASSIGN_OR_RETURN(
      http_edge_,
      HttpEdge::Start({.listen = options_.http_listen,
                       .limits = options_.limits,
                       .names = ModelNames(folder.name, options_.model_aliases),
                       .auto_truncate = options_.auto_truncate,
                       .allowed_origins = options_.allowed_origins,
                       .connection_refused =
                           [this](const auto& refused) { refused_http_clients_.Add(refused); },
                       .call_ended = [this](const auto& record) { CallEnded(record); },
                       .sampler = sampler()},
                      *coordinator_, *coordinator_, received_, clock_, *sockets_));
  http_address_ = http_edge_->address();
  return {};
}

Status CoordinatorService::StartMetrics() {
  ASSIGN_OR_RETURN(
      metrics_,
      HttpServer::Start(
          {.listen = options_.metrics_listen,
           .serve = {.limits = {.max_body_bytes = 0, .max_connections = kMetricsConnections},
                     .handler =
                         HealthHandler({.report = [this] { return Report(); },
                                        .metrics = [this] { return observer_.MetricsText(); }})}},
          clock_, *sockets_));
  return {};
}

Status CoordinatorService::StartDashboard() {
  dashboard_ = std::make_unique<DashboardEdge>(
      options_.dashboard_listen,
      DashboardOptions{.hosts = options_.dashboard_hosts,
                       .operator_token = options_.operator_token,
                       .limits = options_.limits,
                       .coordinator_id = Info().coordinator_id},
      DashboardSourcesOf(), *coordinator_, *coordinator_, received_, clock_, *sockets_);
  return dashboard_->Listen([this](const auto& refused) { refused_operators_.Add(refused); })
      .At("--dashboard-listen");
}

DashboardSources CoordinatorService::DashboardSourcesOf() {
  return {.info = [this] { return Info(); },
          .state = [this] { return State(); },
          .figures = [this] { return DashboardFiguresOf(coordinator_->Figures()); },
          .slow_requests = [this] { return observer_.SlowList(); },
          .usage = [this] { return observer_.Usage(); },
          .logs = FindLogLines,
          .set_log_level = ChangeLogLevel,
          .log_level = [] { return Name(CurrentLogLevel()); },
          .listen =
              [this] {
                return ServingAddresses{grpc_address_, http_address_};
              },
          .metrics = [this] { return observer_.MetricsText(); },
          .config = options_.config,
          .revision = options_.revision};
}

void CoordinatorService::CallEnded(const CallRecord& record) {
  observer_.CallEnded(record);
  if (dashboard_) dashboard_->CallEnded(record);
}

std::string CoordinatorService::dashboard_address() const {
  return dashboard_ ? dashboard_->address() : "";
}

std::string CoordinatorService::metrics_address() const {
  return metrics_ ? metrics_->address() : "";
}

HealthReport CoordinatorService::Report() {
  HealthReport report{.ready = serves_, .json = ""};
  JsonWriter json(report.json);
  json.BeginObject().Key("coordinator_id").String(Info().coordinator_id);
  json.Key("state").String(report.ready ? "ready" : "not ready").EndObject();
  return report;
}

CoordinatorService::~CoordinatorService() {
  // The owner thread first: it is the one that answers what the servers still hold.
  if (coordinator_) coordinator_->Stop();
}

void CoordinatorService::UpdateServing() {
  const ServiceInfo info = coordinator_->Info();
  const bool serves = std::any_of(info.workers.begin(), info.workers.end(), Serves);
  SetServing(serves && !IsLeaving());
  // Said while another thread was leaving?
  if (IsLeaving()) SetServing(false);
}

void CoordinatorService::SetServing(bool serving) {
  serves_ = serving;
  public_server_->SetServing(serving);
  if (http_edge_) http_edge_->SetServing(serving);
  if (dashboard_) dashboard_->Changed();
}

ServingState CoordinatorService::State() {
  if (IsLeaving()) return ServingState::kDraining;
  return serves_ ? ServingState::kReady : ServingState::kNotReady;
}

bool CoordinatorService::IsLeaving() {
  MutexLock lock(mutex_);
  return leaving_;
}

void CoordinatorService::Drain(std::chrono::steady_clock::time_point until) {
  {
    MutexLock lock(mutex_);
    leaving_ = true;
  }
  UpdateServing();
  LogInfo("coordinator.draining", "draining");
  const auto admit_until = clock_.Now() + options_.drain_grace;
  {
    MutexLock lock(mutex_);
    while (never_.WaitUntil(mutex_, admit_until)) {
    }
  }
  public_server_->GoAway();
  if (http_edge_) http_edge_->Drain();
  coordinator_->BeginDrain();
  const bool drained = coordinator_->WaitUntilDrained(until);
  if (!drained)
    LogWarn("coordinator.drain_timeout", "calls were still open at the end of the drain");
  coordinator_->Stop();
  recording_.reset();
  LogFinished();
  // Answers may still be on their way to clients that read slowly.
  const auto rest = [&] {
    return std::max(kLeastGrace, std::chrono::duration_cast<milliseconds>(until - clock_.Now()));
  };
  public_server_->Shutdown(rest());
  refused_clients_.SayRest();
  if (http_edge_) http_edge_->Shutdown(rest());
  refused_http_clients_.SayRest();
  if (exporter_) exporter_->Flush(clock_.Now() + kFlush);
  if (metrics_) metrics_->Shutdown(kLeastGrace);
  if (dashboard_) dashboard_->Shutdown(kLeastGrace);
  refused_operators_.SayRest();
  link_server_->Shutdown(kLeastGrace);
  refused_workers_.SayRest();
  turned_away_.SayRest();
}

// Costs in tokens: a scheduler's own unit is a thousandth of one.
void CoordinatorService::LogFinished() {
  const CoordinatorFigures figures = coordinator_->Figures();
  const SchedulerCounters& counters = figures.counters;
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  LogInfo("coordinator.finished", "every call is answered",
          {{"calls_admitted", count(counters.calls_admitted)},
           {"calls_refused_early", count(figures.refused_early)},
           {"batches_sent", count(counters.batches_sent)},
           {"items_sent", count(counters.items_sent)},
           {"items_done", count(counters.items_done)},
           {"items_requeued", count(counters.items_requeued.total())},
           {"items_recalled", count(counters.items_recalled)},
           {"items_wasted", count(counters.items_wasted)},
           {"tokens_done", counters.cost_done / kCostPerToken},
           {"tokens_wasted", counters.cost_wasted.total() / kCostPerToken},
           {"tokens_saved",
            (counters.cost_saved_cancelled + counters.cost_saved_expired) / kCostPerToken},
           {"batches_late", count(counters.batches_late)},
           {"second_attempts", count(counters.second_attempts)},
           {"second_attempts_won", count(counters.second_attempts_won)},
           {"probes", count(counters.probes)},
           {"workers_silent", count(counters.workers_silent)},
           {"workers_stalled", count(counters.workers_stalled)},
           {"workers_failing", count(counters.workers_failing)},
           {"attempts_given_back", count(counters.attempts_given_back)},
           {"poison_blamed", count(counters.poison_blamed)},
           {"poison_banned", count(counters.poison_banned)},
           {"protocol_errors", count(counters.protocol_errors)}});
}

}  // namespace shoal
