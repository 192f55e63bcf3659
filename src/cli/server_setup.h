// What `serve`, `coordinator` and `worker` have in common: from settings to a model, a precision
// and options, and the file that says that a server is up.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/precision.h"
#include "base/rng.h"
#include "base/status.h"
#include "config/settings.h"
#include "model/model_folder.h"
#include "process/cpu_quota.h"
#include "process/signals.h"
#include "server/coordinator_service.h"
#include "tracing/trace_options.h"
#include "worker/worker.h"

namespace shoal {

// The version of this binary, as `shoal version` prints it.
std::string_view Version();
// Of the sources that it was built from, in the terms of git; empty: not known.
std::string_view Revision();

struct ServerSetup {
  ModelFolder folder;
  Precision precision = Precision::kFp32;
  std::string join_token;              // empty: none
  std::string operator_token;          // likewise; a worker has none
  std::optional<TraceOptions> traces;  // absent: none are recorded
  // Of a worker; they stand in each line of its log.
  std::string worker_id;
  std::uint64_t incarnation = RandomSeed();
};

// Starts logging; reads the model's folder and the tokens. `auto` as precision is refused
// unless `may_choose`: two processes that choose for themselves could choose differently.
Result<ServerSetup> SetUpServer(const Settings& settings, const std::filesystem::path& model,
                                const std::string& role, bool may_choose);

CoordinatorServiceOptions CoordinatorOptionsOf(const Settings& settings, const ServerSetup& setup);

// Its `core_index` is --pin-core, or absent where compute threads are not pinned.
WorkerOptions WorkerOptionsOf(const Settings& settings, const ServerSetup& setup);

// The name of this machine; workers are named after it.
std::string HostName();
// `host` as the front of a worker's id, which goes over the wire: what is neither ASCII letter,
// digit nor one of ".-_" becomes '-'.
std::string AsWorkerName(std::string host);

// --workers or --threads: 0 means one per core that this process may use, or fewer where a quota
// leaves it less than these cores.
std::size_t OrCores(std::int64_t count);

// Whether a worker with --pin `pin` pins its compute threads. `auto`: when each core has one.
bool PinsThreads(std::string_view pin, std::size_t threads, const CpuShare& share);
// What a serve with --pin `pin` tells its workers, which together fill the machine: on or off.
std::string_view PinOfWorkers(std::string_view pin, const CpuShare& share);

struct ReadyWorker {
  std::string id;
  int pid = 0;
  std::string metrics;
  bool operator==(const ReadyWorker&) const = default;
};
// Where a server listens; empty: it does not.
struct ReadyAddresses {
  std::string grpc = {};
  std::string http = {};
  std::string metrics = {};
  std::string dashboard = {};
  std::string worker = {};
};
// {"pid":…, "precision":"fp32", "grpc":…, "http":…, "metrics":…, "dashboard":…, "worker":…,
// "workers":[…]}; empty addresses are left out.
std::string ReadyJson(Precision precision, const ReadyAddresses& addresses,
                      const std::vector<ReadyWorker>& workers);

// A process that waits for its signals: the first begins `drain` on a thread of its own, the second
// ends the process with 128 + its number. `woken` is called at once, and until the first signal
// after each signals.Wake(). Returns when `drain` has returned; a drain that never does is ended by
// SIGALRM.
void RunUntilSignal(SignalWaiter& signals, const Clock& clock, const std::function<void()>& woken,
                    const std::function<void()>& drain);

}  // namespace shoal
