#include "cli/server_setup.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/hex.h"
#include "cli/find_model.h"
#include "cli/token_file.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

// A drain has 30 s for calls and a few for workers; a process that still hangs then is ended.
constexpr unsigned kDrainWatchdogSeconds = 60;

Result<Precision> PrecisionOf(const Settings& settings, bool may_choose) {
  if (may_choose || settings.Text("precision") != "auto") return PrecisionOrBest(settings);
  return FailedPreconditionError(
      "--precision auto is for serve and embed: coordinator and workers must be told the same one "
      "(fp32, bf16 or int8)");
}

// Only who would take all cores has to be told.
void SayQuota(const Settings& settings, const std::string& role) {
  const CpuShare& share = ThisCpuShare();
  const auto takes_all = [&](OptionKey key) { return settings.Integer(key) == 0; };
  const bool concerned = role == "serve" ? takes_all("workers") || takes_all("threads")
                                         : role == "worker" && takes_all("threads");
  if (!concerned || !share.IsLimited()) return;
  LogInfo("cpu.quota",
          "the CPU quota of the cgroup is less than the cores: one per core means fewer",
          {{"quota", *share.quota},
           {"cores", static_cast<std::int64_t>(share.cores)},
           {"used", static_cast<std::int64_t>(share.Threads())}});
}

// A worker names itself in each line; those of a coordinator are kept for who asks over HTTP.
Status StartLog(const Settings& settings, const std::string& role, ServerSetup& setup) {
  LogOptions options{.format = settings.Text("log-format"), .role = role};
  ASSIGN_OR_RETURN(options.level, ParseLogLevel(settings.Text("log-level")));
  if (role == "worker") {
    setup.worker_id = settings.Text("worker-id");
    if (setup.worker_id.empty()) setup.worker_id = HostName() + "-0";
    options.worker_id = setup.worker_id;
    options.incarnation = Hex(setup.incarnation);
  } else {
    options.keep_lines = true;
  }
  StartLogging(options);
  return {};
}

std::string_view Name(Origin origin) {
  constexpr std::string_view kNames[] = {"default", "file", "variable", "flag"};
  return kNames[static_cast<std::size_t>(origin)];
}

// Of a setting of a server that runs. Secrets stand in files: only their paths are here.
std::vector<ConfigEntry> ConfigEntriesOf(const Settings& settings) {
  std::vector<ConfigEntry> entries;
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Setting* setting = settings.Find(i);
    if (setting == nullptr) continue;
    entries.push_back({.name = FileKey(kOptions[i]),
                       .value = JoinedValues(*setting),
                       .origin = std::string(Name(setting->origin)),
                       .place = setting->place});
  }
  return entries;
}

}  // namespace

std::string_view Version() { return SHOAL_VERSION; }

std::string_view Revision() { return SHOAL_REVISION; }

Result<ServerSetup> SetUpServer(const Settings& settings, const std::filesystem::path& model,
                                const std::string& role, bool may_choose) {
  ServerSetup setup;
  ASSIGN_OR_RETURN(setup.precision, PrecisionOf(settings, may_choose));
  ASSIGN_OR_RETURN(setup.join_token, ReadToken(settings.Text("join-token-file"), "join token"));
  if (role != "worker") {
    ASSIGN_OR_RETURN(setup.operator_token, ReadOperatorToken(settings));
  }
  ASSIGN_OR_RETURN(setup.traces,
                   ReadTraceOptions([](const char* name) { return std::getenv(name); }));
  RememberedSums sums = RememberedSums::InCacheFolder();
  ASSIGN_OR_RETURN(setup.folder, OpenModelFolder(model, &sums));
  RETURN_IF_ERROR(StartLog(settings, role, setup));
  SayQuota(settings, role);
  if (const Status& why = sums.why_not_kept(); !why.ok()) {
    LogDebug("sums.not_kept", "the next start hashes the weights again", {ExcInfo(why)});
  }
  if (const std::string& assumed = setup.folder.assumed; !assumed.empty()) {
    // Of a worker the coordinator has said it.
    const LogLevel level = role == "worker" ? LogLevel::kDebug : LogLevel::kInfo;
    Log(level, "model.assumed", "the model's folder has " + assumed);
  }
  return setup;
}

CoordinatorServiceOptions CoordinatorOptionsOf(const Settings& settings, const ServerSetup& setup) {
  const auto size = [&settings](OptionKey key) {
    return static_cast<std::size_t>(settings.Integer(key));
  };
  CoordinatorServiceOptions options;
  options.version = Version();
  options.revision = Revision();
  options.precision = setup.precision;
  options.special_tokens_as_text = settings.Switch("special-tokens-as-text");
  options.grpc_listen = settings.Text("grpc-listen");
  options.http_listen = settings.Text("http-listen");
  options.model_aliases = settings.List("model-alias");
  options.auto_truncate = settings.Switch("auto-truncate");
  options.allowed_origins = settings.List("allow-origin");
  options.metrics_listen = settings.Text("metrics-listen");
  options.dashboard_listen = settings.Text("dashboard-listen");
  options.dashboard_hosts = settings.List("dashboard-host");
  options.operator_token = setup.operator_token;
  options.config = ConfigEntriesOf(settings);
  options.slow_request = settings.Duration("slow-request");
  options.worker_listen = settings.Text("worker-listen");
  options.join_token = setup.join_token;
  options.insecure_worker_link = settings.Switch("insecure-worker-link");
  options.limits.max_texts = size("max-texts");
  options.limits.max_text_bytes = size("max-text-bytes");
  options.limits.max_request_bytes = size("max-request-bytes");
  options.limits.max_reply_bytes = size("max-reply-bytes");
  options.limits.max_received_bytes = size("max-received-bytes");
  options.limits.max_unread_bytes = size("max-unread-bytes");
  options.limits.max_connections = size("max-connections");
  options.scheduler.batch_tokens = static_cast<std::uint32_t>(settings.Integer("batch-tokens"));
  options.scheduler.max_queued_items = size("max-queued-items");
  options.scheduler.max_queued_bytes = size("max-queued-bytes");
  options.scheduler.no_worker_grace = settings.Duration("no-worker-grace");
  options.default_deadline = settings.Duration("default-deadline");
  options.drain_grace = settings.Duration("drain-grace");
  options.record_scheduler = settings.Text("record-scheduler");
  options.requests_logged_per_second =
      static_cast<std::uint64_t>(settings.Integer("log-requests-per-second"));
  options.traces = setup.traces;
  return options;
}

WorkerOptions WorkerOptionsOf(const Settings& settings, const ServerSetup& setup) {
  WorkerOptions options{
      .version = std::string(Version()),
      .worker_id = setup.worker_id,
      .incarnation = setup.incarnation,
      .coordinators = settings.List("coordinator"),
      .precision = setup.precision,
      .threads = static_cast<std::uint32_t>(OrCores(settings.Integer("threads"))),
      .batch_tokens = static_cast<std::uint32_t>(settings.Integer("batch-tokens")),
      .metrics_listen = settings.Text("metrics-listen"),
      .traces = setup.traces};
  if (PinsThreads(settings.Text("pin"), options.threads, ThisCpuShare())) {
    options.core_index = static_cast<std::size_t>(settings.Integer("pin-core"));
  }
  return options;
}

std::string HostName() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return AsWorkerName(host);
}

std::string AsWorkerName(std::string host) {
  static constexpr std::string_view kKept =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  std::ranges::replace_if(
      host, [](char c) { return kKept.find(c) == kKept.npos; }, '-');
  return host.empty() ? "localhost" : host;
}

std::size_t OrCores(std::int64_t count) {
  return count > 0 ? static_cast<std::size_t>(count) : ThisCpuShare().Threads();
}

bool PinsThreads(std::string_view pin, std::size_t threads, const CpuShare& share) {
  return pin == "on" || (pin == "auto" && threads == share.cores && !share.IsLimited());
}

std::string_view PinOfWorkers(std::string_view pin, const CpuShare& share) {
  return pin == "on" || (pin == "auto" && !share.IsLimited()) ? "on" : "off";
}

std::string ReadyJson(Precision precision, const ReadyAddresses& addresses,
                      const std::vector<ReadyWorker>& workers) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("pid").Int(getpid()).Key("precision").String(Name(precision));
  const auto add = [&json](std::string_view key, const std::string& address) {
    if (!address.empty()) json.Key(key).String(address);
  };
  add("grpc", addresses.grpc);
  add("http", addresses.http);
  add("metrics", addresses.metrics);
  add("dashboard", addresses.dashboard);
  add("worker", addresses.worker);
  json.Key("workers").BeginArray();
  for (const ReadyWorker& each : workers) {
    json.BeginObject().Key("id").String(each.id).Key("pid").Int(each.pid);
    json.Key("metrics").String(each.metrics).EndObject();
  }
  json.EndArray().EndObject();
  return out + "\n";
}

void RunUntilSignal(SignalWaiter& signals, const Clock& clock, const std::function<void()>& woken,
                    const std::function<void()>& drain) {
  do {
    woken();
  } while (signals.Wait(clock, std::chrono::steady_clock::time_point::max()) == 0);
  alarm(kDrainWatchdogSeconds);
  std::atomic<bool> drained = false;
  std::thread drainer([&] {
    drain();
    drained = true;
  });
  while (!drained) {
    const int signal = signals.Wait(clock, clock.Now() + std::chrono::milliseconds(20));
    if (signal != 0) _exit(128 + signal);
  }
  drainer.join();
}

}  // namespace shoal
