#include "coordinator/service.h"

#include <utility>

#include "base/hex.h"
#include "base/rng.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

std::string NewCoordinatorId() { return "coordinator-" + Hex(RandomSeed()).substr(0, 8); }

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
                    .max_tokens = folder.max_tokens};
  out.core.scheduler = options.scheduler;
  out.core.scheduler.attention_cost = AttentionCost(folder.config.hidden_size);
  return out;
}

}  // namespace

bool IsLoopback(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  return host.rfind("127.", 0) == 0 || host == "localhost" || host == "[::1]" || host == "::1";
}

Result<std::unique_ptr<CoordinatorService>> CoordinatorService::Start(
    CoordinatorServiceOptions options, const ModelFolder& folder, const Clock& clock) {
  if (!IsLoopback(options.worker_listen) && options.join_token.empty() &&
      !options.insecure_worker_link) {
    return FailedPreconditionError(
        "--worker-listen " + options.worker_listen +
        " is reached from other machines: give --join-token-file on both sides, or say "
        "--insecure-worker-link where the network is trusted");
  }
  ASSIGN_OR_RETURN(Tokenizer tokenizer,
                   Tokenizer::Create(folder.vocabulary,
                                     {.lower_case = folder.lower_case,
                                      .max_tokens = folder.max_tokens,
                                      .special_tokens_as_text = options.special_tokens_as_text}));
  CoordinatorOptions coordinator_options = OptionsOf(options, folder);
  std::unique_ptr<CoordinatorService> service(new CoordinatorService(std::move(options), clock));
  coordinator_options.core.worker_changed = [raw = service.get()](const WorkerInfo& worker) {
    raw->WorkerChanged(worker);
  };
  service->coordinator_ =
      std::make_unique<Coordinator>(std::move(coordinator_options), std::move(tokenizer), clock);
  const CoordinatorServiceOptions& given = service->options_;
  ASSIGN_OR_RETURN(service->public_server_, PublicServer::Start({.listen = given.grpc_listen,
                                                                 .limits = given.limits,
                                                                 .dim = folder.config.hidden_size},
                                                                *service->coordinator_, clock));
  service->grpc_address_ = service->public_server_->address();
  ASSIGN_OR_RETURN(service->link_server_, LinkServer::Start({.listen = given.worker_listen,
                                                             .join_token = given.join_token},
                                                            *service->coordinator_));
  service->worker_address_ = service->link_server_->address();
  return service;
}

CoordinatorService::~CoordinatorService() {
  // The owner thread first: it is the one that answers what the servers still hold.
  if (coordinator_) coordinator_->Stop();
}

void CoordinatorService::WorkerChanged(const WorkerInfo& worker) {
  {
    MutexLock lock(mutex_);
    states_[worker.id] = worker.state;
    if (worker.state == WorkerState::kLost || worker.state == WorkerState::kDrained) {
      states_.erase(worker.id);
    }
  }
  LogInfo("worker.changed", "worker is " + std::string(Name(worker.state)),
          {{"worker_id", worker.id}, {"incarnation", worker.incarnation}});
  UpdateServing();
  if (options_.worker_changed) options_.worker_changed(worker);
}

void CoordinatorService::UpdateServing() {
  bool serving = false;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, state] : states_) serving |= state == WorkerState::kReady;
    serving = serving && !leaving_;
  }
  public_server_->SetServing(serving);
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
  coordinator_->BeginDrain();
  const bool drained = coordinator_->WaitUntilDrained(until);
  if (!drained)
    LogWarn("coordinator.drain_timeout", "calls were still open at the end of the drain");
  coordinator_->Stop();
  public_server_->Shutdown(std::chrono::milliseconds(500));
  link_server_->Shutdown(std::chrono::milliseconds(500));
}

}  // namespace shoal
