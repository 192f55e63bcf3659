#include "server/observer.h"

#include <utility>

#include "api/precision.h"
#include "base/clock.h"
#include "server/coordinator_metrics.h"
#include "server/request_log.h"
#include "telemetry/process_figures.h"
#include "tracing/record_spans.h"

namespace shoal {
namespace {

constexpr std::size_t kMostSlowRequests = 100;
constexpr std::size_t kMostClients = 100;

}  // namespace

Observer::Observer(const ObserverOptions& options)
    : probe_(registry_),
      slow_request_(options.slow_request),
      slow_(options.slow_request, kMostSlowRequests),
      usages_(kMostClients),
      log_sampler_(options.requests_logged_per_second) {
  registry_.AddGauge(metric::kBuildInfo, {{"version", options.version}}).Set(1);
  registry_
      .AddGauge(metric::kModelInfo, {{"model", options.model.name},
                                     {"digest", options.model.digest},
                                     {"precision", std::string(Name(options.model.precision))},
                                     {"dimensions", std::to_string(options.model.dim)},
                                     {"max_tokens", std::to_string(options.model.max_tokens)}})
      .Set(1);
  AddCommonFigures(registry_);
  registry_.AddSource([this](MetricFigures& to) { AddSpanMetrics(exporter_, to); });
}

void Observer::AddSources(std::function<CoordinatorFigures()> figures,
                          std::function<ServiceInfo()> info) {
  registry_.AddSource([figures = std::move(figures), info = std::move(info)](MetricFigures& to) {
    AddCoordinatorMetrics(figures(), info(), to);
  });
}

void Observer::CallEnded(const CallRecord& record) {
  probe_.CallEnded(record);
  if (exporter_ != nullptr && IsRecorded(record, slow_request_)) {
    for (const TraceSpan& span : SpansOf(record, exporter_->to_unix(), exporter_->ids())) {
      exporter_->Add(span);
    }
  }
  MutexLock lock(mutex_);
  usages_.CallEnded(record);
  slow_.CallEnded(record, UnixNanoseconds() / 1000);
  const auto now = record.arrived + record.total;
  if (const auto left_out = log_sampler_.Admit(record.verdict, now)) {
    LogRequest(record, *left_out);
  }
}

void Observer::BatchEnded(const BatchRecord& record) {
  probe_.BatchEnded(record);
  if (exporter_ == nullptr) return;
  for (const TraceSpan& span : SpansOf(record, exporter_->to_unix())) exporter_->Add(span);
}

std::vector<KeptCall> Observer::SlowList() {
  MutexLock lock(mutex_);
  return slow_.List();
}

std::vector<ClientUsage> Observer::Usage() {
  MutexLock lock(mutex_);
  return usages_.List();
}

}  // namespace shoal
