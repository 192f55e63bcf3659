#include "telemetry/worker_probe.h"

#include "telemetry/process_figures.h"

namespace shoal {
namespace {

// With a batch staged a lane waits microseconds, without one milliseconds.
const std::vector<double> kIdleBuckets = {1e-6, 2e-6, 3e-6, 5e-6,   1e-5, 2e-5, 5e-5, 1e-4, 2.5e-4,
                                          5e-4, 1e-3, 2e-3, 3.5e-3, 5e-3, 1e-2, 1e-1, 1};

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

WorkerProbe::WorkerProbe(MetricsRegistry& registry, const Labels& labels)
    : items_executed_(registry.AddCounter(metric::kItemsExecuted)),
      batches_executed_(registry.AddCounter(metric::kBatchesExecuted)),
      forward_seconds_(registry.AddHistogram(metric::kForwardSeconds, {}, SecondsBuckets())),
      lane_idle_seconds_(registry.AddHistogram(metric::kLaneIdleSeconds, {}, kIdleBuckets)),
      model_load_seconds_(registry.AddGauge(metric::kModelLoadSeconds)),
      arena_bytes_(registry.AddGauge(metric::kArenaBytes)),
      attached_(registry.AddGauge(metric::kAttached)) {
  registry.AddGauge(metric::kBuildInfo, {{"version", labels.version}, {"isa", labels.kernel_table}})
      .Set(1);
  registry.AddGauge(metric::kModelInfo, {{"model", labels.model}, {"precision", labels.precision}})
      .Set(1);
  AddCommonFigures(registry);
}

void WorkerProbe::BatchStarted(std::uint64_t items) {
  items_executed_.Add(static_cast<double>(items));
  batches_executed_.Add();
}

void WorkerProbe::BatchFinished(std::chrono::microseconds forward_time) {
  forward_seconds_.Observe(Seconds(forward_time));
}

void WorkerProbe::LaneIdled(std::chrono::nanoseconds time) {
  lane_idle_seconds_.Observe(Seconds(time));
}

void WorkerProbe::ModelLoaded(std::chrono::microseconds load_time) {
  model_load_seconds_.Set(Seconds(load_time));
}

void WorkerProbe::LanesMade(std::size_t activation_bytes) {
  arena_bytes_.Set(static_cast<double>(activation_bytes));
}

void WorkerProbe::Attached(bool attached) { attached_.Set(attached ? 1 : 0); }

}  // namespace shoal
