// A whole coordinator: the public servers of gRPC and HTTP, that of the worker link, and the
// Coordinator between them. `shoal coordinator` is this and little else; `shoal serve` adds a
// supervisor.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/embed.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "coordinator/coordinator.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"
#include "http/health_routes.h"
#include "http/http_server.h"
#include "model/model_folder.h"
#include "net/socket_event_loop.h"
#include "net/socket_loop.h"
#include "rpc/link_server.h"
#include "rpc/public_server.h"
#include "server/dashboard_edge.h"
#include "server/http_edge.h"
#include "server/observer.h"
#include "server/recording_file.h"
#include "server/refusal_log.h"
#include "server/turned_away_log.h"
#include "tracing/span_exporter.h"

namespace shoal {

struct CoordinatorServiceOptions {
  std::string version;
  std::string revision;  // of its sources, that operators are shown; empty: not known
  Precision precision = Precision::kFp32;
  bool special_tokens_as_text = false;
  std::string grpc_listen;     // HOST:PORT, port 0 takes a free one
  std::string http_listen;     // likewise; empty: no HTTP
  std::string metrics_listen;  // likewise; empty: no port for metrics and health alone
  // Likewise; empty: no port for operators. `dashboard_hosts`: names that it is reached by besides.
  std::string dashboard_listen;
  std::vector<std::string> dashboard_hosts;
  std::string operator_token;       // as OperatorAccess has it
  std::vector<ConfigEntry> config;  // that operators are shown
  std::string worker_listen;        // refused beyond loopback without a join token
  std::string worker_socket;        // path of a socket for workers of this machine; empty: none
  std::string join_token;           // empty: none
  bool insecure_worker_link = false;
  Limits limits;
  std::vector<std::string> model_aliases;
  bool auto_truncate = true;                 // as RouteContext has it
  std::vector<std::string> allowed_origins;  // as Routes has them
  SchedulerOptions scheduler;                // attention_cost is filled in
  std::chrono::microseconds default_deadline{240'000'000};
  std::chrono::microseconds drain_grace{0};
  std::chrono::microseconds slow_request{1'000'000};  // who takes so long is listed
  std::string record_scheduler;                       // file for scheduler/recording.h; empty: none
  std::uint64_t requests_logged_per_second = 100;     // as RequestLogSampler has it
  std::optional<TraceOptions> traces;                 // absent: none are recorded
  // A worker came, went or changed, and Info says so. On the coordinator's thread; must not block.
  // May be empty.
  std::function<void()> workers_changed;
};

// Thread-safe.
class CoordinatorService {
 public:
  static Result<std::unique_ptr<CoordinatorService>> Start(CoordinatorServiceOptions options,
                                                           const ModelFolder& folder,
                                                           const Clock& clock);
  ~CoordinatorService();

  const std::string& grpc_address() const { return grpc_address_; }
  const std::string& http_address() const { return http_address_; }  // empty: off
  const std::string& worker_address() const { return worker_address_; }
  std::string metrics_address() const;    // empty: off
  std::string dashboard_address() const;  // likewise
  ServiceInfo Info() { return coordinator_->Info(); }

  // Not ready, then refusing newcomers after the drain grace, then what was admitted is finished
  // (or `until` comes), then everything ends. Blocks.
  void Drain(std::chrono::steady_clock::time_point until);

 private:
  CoordinatorService(CoordinatorServiceOptions options, std::unique_ptr<SocketLoop> sockets,
                     const ModelInfo& model, const Clock& clock);
  void UpdateServing() EXCLUDES(mutex_);
  void SetServing(bool serving);
  bool IsLeaving() EXCLUDES(mutex_);
  void StartTraces(CoreOptions& core);
  std::optional<TraceSampler> sampler() const;
  ServingState State();
  Status StartServers(const ModelFolder& folder);
  Status StartHttp(const ModelFolder& folder);
  Status StartMetrics();
  Status StartDashboard();
  DashboardSources DashboardSourcesOf();
  void CallEnded(const CallRecord& record);
  HealthReport Report();
  void LogFinished();

  const CoordinatorServiceOptions options_;
  const Clock& clock_;
  std::string grpc_address_;
  std::string http_address_;
  std::string worker_address_;
  ByteBudget received_;  // by all public servers
  Observer observer_;

  Mutex mutex_;
  bool leaving_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> serves_{false};
  CondVar never_;

  // Each of the thread that calls it, until its server has ended.
  RefusalLog refused_clients_;
  RefusalLog refused_http_clients_;
  RefusalLog refused_operators_;
  RefusalLog refused_workers_;
  TurnedAwayLog turned_away_;
  // In the order of construction: servers end before the coordinator that they call, that before
  // its thread, the recording that it writes and the exporter of what both tell.
  std::unique_ptr<SocketLoop> sockets_;
  std::unique_ptr<SocketEventLoop<CoreEvent>> loop_;
  std::unique_ptr<SpanExporter> exporter_;    // may be absent
  std::unique_ptr<RecordingFile> recording_;  // may be absent
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<DashboardEdge> dashboard_;  // may be absent; hears of the calls of the next two
  std::unique_ptr<PublicServer> public_server_;
  std::unique_ptr<HttpEdge> http_edge_;  // may be absent
  std::unique_ptr<HttpServer> metrics_;  // may be absent
  std::unique_ptr<LinkServer> link_server_;
};

}  // namespace shoal
