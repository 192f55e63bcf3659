// What a coordinator's edges and core tell, and where it goes: counters, the log, the list of slow
// requests, who asked for how much.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "api/records.h"
#include "base/mutex.h"
#include "coordinator/figures.h"
#include "telemetry/client_usage.h"
#include "telemetry/coordinator_probe.h"
#include "telemetry/metrics.h"
#include "telemetry/request_log_sampler.h"
#include "telemetry/slow_requests.h"
#include "tracing/span_exporter.h"

namespace shoal {

struct ObserverOptions {
  std::string version;
  ModelInfo model;
  std::chrono::microseconds slow_request{0};     // who takes so long is listed
  std::uint64_t requests_logged_per_second = 0;  // as RequestLogSampler has it
};

// Thread-safe.
class Observer {
 public:
  explicit Observer(const ObserverOptions& options);

  void CallEnded(const CallRecord& record);
  void BatchEnded(const BatchRecord& record);

  // Tells it of calls and batches too, on the loop's thread. Before the first; it outlives them.
  void TraceTo(SpanExporter& exporter) { exporter_ = &exporter; }

  // Asked at each scrape. Before the first.
  void AddSources(std::function<CoordinatorFigures()> figures, std::function<ServiceInfo()> info);

  // Likewise.
  void AddSource(std::function<void(MetricFigures&)> source) {
    registry_.AddSource(std::move(source));
  }

  std::string MetricsText() const { return registry_.Text(); }
  std::vector<KeptCall> SlowList();
  std::vector<ClientUsage> Usage();

 private:
  MetricsRegistry registry_;
  CoordinatorProbe probe_;
  const std::chrono::microseconds slow_request_;
  SpanExporter* exporter_ = nullptr;  // null: traces are off

  Mutex mutex_;
  SlowRequests slow_ GUARDED_BY(mutex_);
  ClientUsages usages_ GUARDED_BY(mutex_);
  RequestLogSampler log_sampler_ GUARDED_BY(mutex_);
};

}  // namespace shoal
