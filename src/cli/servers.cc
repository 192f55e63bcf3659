#include "cli/servers.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/find_model.h"
#include "cli/greeting.h"
#include "cli/server_setup.h"
#include "cli/worker_arguments.h"
#include "engine/encoder.h"
#include "net/dial.h"
#include "net/socket_loop.h"
#include "process/lifeline.h"
#include "process/private_folder.h"
#include "rpc/link_client.h"
#include "telemetry/log.h"
#include "worker/supervisor.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kDrainCalls{30};
constexpr std::chrono::seconds kDrainWorkers{5};
// The end of a worker waits so long for a collector.
constexpr std::chrono::seconds kFlushTraces{1};

// Writes the ready file, when there is one and its content changed.
class ReadyFile {
 public:
  // Removes what an earlier run has left: until the first Write nobody is ready.
  static Result<ReadyFile> At(const std::string& path) {
    if (path.empty()) return ReadyFile(path);
    RETURN_IF_ERROR(CheckReplaceable(path).At("--ready-file"));
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
      return ErrnoError("--ready-file: remove " + path, errno);
    }
    return ReadyFile(path);
  }

  void Write(const std::string& content) {
    if (path_.empty() || content == written_) return;
    const Status status = WriteFileAtomically(path_, content);
    if (!status.ok()) {
      LogError("ready_file.failed", "the ready file could not be written", {ExcInfo(status)});
    }
    written_ = content;
  }

 private:
  explicit ReadyFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::string written_;
};

std::vector<ReadyWorker> ServingWorkers(const ServiceInfo& info) {
  std::vector<ReadyWorker> ready;
  for (const WorkerInfo& worker : info.workers) {
    if (!Serves(worker)) continue;
    ready.push_back({.id = worker.id, .pid = worker.pid, .metrics = worker.metrics_address});
  }
  return ready;
}

ReadyAddresses AddressesOf(const CoordinatorService& service) {
  return {.grpc = service.grpc_address(),
          .http = service.http_address(),
          .metrics = service.metrics_address(),
          .dashboard = service.dashboard_address(),
          .worker = service.worker_address()};
}

void LogReady(const CoordinatorService& service, const ServerSetup& setup, std::size_t workers) {
  LogInfo("server.ready", "ready",
          {{"grpc", service.grpc_address()},
           {"http", service.http_address()},
           {"dashboard", service.dashboard_address()},
           {"worker", service.worker_address()},
           {"workers", static_cast<std::int64_t>(workers)},
           {"model", setup.folder.name},
           {"precision", Name(setup.precision)}});
}

std::vector<std::string> CommandOf(const Settings& settings, const ServerSetup& setup,
                                   const std::string& coordinator, std::size_t slot,
                                   const std::string& worker_id) {
  std::vector<std::string> words = WorkerArguments(
      settings, {{"coordinator", coordinator},
                 {"worker-id", worker_id},
                 {"model", std::filesystem::absolute(setup.folder.path).string()},
                 {"precision", std::string(Name(setup.precision))},
                 {"pin", std::string(PinOfWorkers(settings.Text("pin"), ThisCpuShare()))},
                 {"pin-core", std::to_string(slot * OrCores(settings.Integer("threads")))},
                 {"metrics-listen", "127.0.0.1:0"},
                 {"ready-file", ""},
                 {"config", ""}});
  words.insert(words.begin(), "/proc/self/exe");
  return words;
}

// A model or a kernel table that no worker could start with ends serve here, in one line. Else
// every worker would fail at it, and again after each restart. Loading also leaves the packed
// weights in the cache folder, for all workers to map.
Status CheckWeights(const ServerSetup& setup) {
  return Weights::Load(setup.folder, {.precision = setup.precision, .kernel_table = {}}).status();
}

void LogEnd(const Supervisor::Child& child) {
  if (child.end_was_expected) {
    LogInfo("worker.ended", "a worker process ended",
            {{"worker_id", child.id}, {"restarts", child.restarts}, {"end", child.last_end}});
    return;
  }
  LogWarn("worker.ended", "a worker process ended",
          {{"worker_id", child.id},
           {"restarts", child.restarts},
           ExcInfo(AbortedError(child.last_end))});
}

Result<std::unique_ptr<Supervisor>> StartSupervisor(const Settings& settings,
                                                    const ServerSetup& setup,
                                                    const std::string& coordinator) {
  return Supervisor::Start(
      {.worker_count = OrCores(settings.Integer("workers")),
       .id_prefix = HostName(),
       .argv =
           [&settings, &setup, coordinator](std::size_t slot, const std::string& worker_id) {
             return CommandOf(settings, setup, coordinator, slot, worker_id);
           },
       .on_change =
           [](const Supervisor::Child& child) {
             if (child.pid >= 0) return;
             LogEnd(child);
           }},
      SystemClock());
}

}  // namespace

int RunServe(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  Result<ReadyFile> ready_file = ReadyFile::At(settings.Text("ready-file"));
  if (!ready_file.ok()) return Fail(kExitConfiguration, ready_file.status().message());
  const Result<std::filesystem::path> model = FindOrFetchModel(settings);
  if (!model.ok()) return FailModel(model.status());
  Result<SignalWaiter> signals = SignalWaiter::Create();
  if (!signals.ok()) return Fail(signals.status());
  const Result<ServerSetup> setup = SetUpServer(settings, *model, "serve", true);
  if (!setup.ok()) return Fail(kExitConfiguration, setup.status().message());
  const Status loads = CheckWeights(*setup);
  if (!loads.ok()) return Fail(kExitConfiguration, loads.message());
  const Result<PrivateFolder> folder = PrivateFolder::Create();
  if (!folder.ok()) {  // as in a container that may write nothing
    LogInfo("worker_link.tcp", "its own workers attach over TCP", {ExcInfo(folder.status())});
  }
  CoordinatorServiceOptions options = CoordinatorOptionsOf(settings, *setup);
  if (folder.ok()) options.worker_socket = folder->socket();
  options.workers_changed = [&signals] { signals->Wake(); };
  auto service = CoordinatorService::Start(std::move(options), setup->folder, SystemClock());
  if (!service.ok()) return Fail(kExitConfiguration, service.status().message());
  CoordinatorService& coordinator = **service;
  auto supervisor = StartSupervisor(
      settings, *setup, folder.ok() ? "unix:" + folder->socket() : coordinator.worker_address());
  if (!supervisor.ok()) return Fail(supervisor.status());

  const std::size_t wanted = OrCores(settings.Integer("workers"));
  bool was_ready = false;
  const auto workers_changed = [&] {
    const ServiceInfo info = coordinator.Info();
    for (const WorkerInfo& worker : info.workers) {
      if (worker.attached) (*supervisor)->NotifyReady(worker.id);
    }
    const std::vector<ReadyWorker> ready = ServingWorkers(info);
    const bool becomes_ready = !was_ready && ready.size() >= wanted;
    was_ready |= becomes_ready;
    if (!was_ready) return;
    const ReadyAddresses addresses = AddressesOf(coordinator);
    if (becomes_ready) LogReady(coordinator, *setup, ready.size());
    ready_file->Write(ReadyJson(setup->precision, addresses, ready));
    if (becomes_ready) GreetTerminal(addresses);
  };
  RunUntilSignal(*signals, SystemClock(), workers_changed, [&] {
    coordinator.Drain(SystemClock().Now() + kDrainCalls);
    (*supervisor)->Drain(SystemClock().Now() + kDrainWorkers);
  });
  StopLogging();
  return kExitOk;
}

int RunCoordinator(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  Result<ReadyFile> ready_file = ReadyFile::At(settings.Text("ready-file"));
  if (!ready_file.ok()) return Fail(kExitConfiguration, ready_file.status().message());
  const Result<std::filesystem::path> model = FindOrFetchModel(settings);
  if (!model.ok()) return FailModel(model.status());
  Result<SignalWaiter> signals = SignalWaiter::Create();
  if (!signals.ok()) return Fail(signals.status());
  const Result<ServerSetup> setup = SetUpServer(settings, *model, "coordinator", false);
  if (!setup.ok()) return Fail(kExitConfiguration, setup.status().message());
  CoordinatorServiceOptions options = CoordinatorOptionsOf(settings, *setup);
  options.workers_changed = [&signals] { signals->Wake(); };
  auto service = CoordinatorService::Start(std::move(options), setup->folder, SystemClock());
  if (!service.ok()) return Fail(kExitConfiguration, service.status().message());
  CoordinatorService& coordinator = **service;
  LogReady(coordinator, *setup, 0);
  const auto workers_changed = [&] {
    ready_file->Write(
        ReadyJson(setup->precision, AddressesOf(coordinator), ServingWorkers(coordinator.Info())));
  };
  RunUntilSignal(*signals, SystemClock(), workers_changed,
                 [&] { coordinator.Drain(SystemClock().Now() + kDrainCalls); });
  StopLogging();
  return kExitOk;
}

int RunWorker(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (settings.List("coordinator").empty()) {
    return Fail(kExitUsage, "worker: --coordinator HOST:PORT is missing");
  }
  Result<ReadyFile> ready_file = ReadyFile::At(settings.Text("ready-file"));
  if (!ready_file.ok()) return Fail(kExitConfiguration, ready_file.status().message());
  const Result<std::filesystem::path> model = FindOrFetchModel(settings);
  if (!model.ok()) return FailModel(model.status());
  Result<SignalWaiter> signals = SignalWaiter::Create();
  if (!signals.ok()) return Fail(signals.status());
  const auto lifeline = WatchInheritedLifeline();
  if (!lifeline.ok()) return Fail(lifeline.status());
  const Result<ServerSetup> setup = SetUpServer(settings, *model, "worker", false);
  if (!setup.ok()) return Fail(kExitConfiguration, setup.status().message());
  const auto loop = SocketLoop::Start(SystemClock());
  if (!loop.ok()) return Fail(loop.status());
  Resolver resolver(SystemClock());
  const Worker::Dialer dial = [&](const std::string& address, WorkerLinkEvents events) {
    return DialWorkerLink({.address = address, .join_token = setup->join_token}, **loop, resolver,
                          std::move(events));
  };
  auto worker =
      Worker::Start(WorkerOptionsOf(settings, *setup), setup->folder, dial, **loop, SystemClock());
  if (!worker.ok()) return Fail(kExitConfiguration, worker.status().message());
  const Hello& hello = (*worker)->hello();
  const Worker::StartTimes& times = (*worker)->start_times();
  LogInfo("server.ready", "ready",
          {{"metrics", hello.metrics_address},
           {"isa", hello.kernel_table},
           {"load_us", std::int64_t{times.load.count()}},
           {"warm_up_us", std::int64_t{times.warm_up.count()}},
           {"alpha_us", hello.alpha_us},
           {"per_token_us", hello.per_token_us}});
  ready_file->Write(
      ReadyJson(setup->precision, {},
                {{hello.worker_id, static_cast<int>(hello.pid), hello.metrics_address}}));
  RunUntilSignal(
      *signals, SystemClock(), [] {},
      [&] {
        (*worker)->Drain();
        (*worker)->WaitUntilDrained(SystemClock().Now() + kDrainCalls);
        (*worker)->FlushTraces(SystemClock().Now() + kFlushTraces);
      });
  StopLogging();
  return kExitOk;
}

}  // namespace shoal
