#include "telemetry/worker_probe.h"

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
    : items_executed_(registry.AddCounter("shoal_worker_items_executed_total",
                                          "Texts whose execution started.", {})),
      batches_executed_(registry.AddCounter("shoal_worker_batches_executed_total",
                                            "Batches whose execution started.", {})),
      forward_seconds_(registry.AddHistogram("shoal_worker_forward_seconds",
                                             "Time of one forward pass.", {}, SecondsBuckets())),
      lane_idle_seconds_(registry.AddHistogram(
          "shoal_worker_lane_idle_seconds",
          "Time between the end of a lane's batch and the start of its next.", {}, kIdleBuckets)),
      model_load_seconds_(registry.AddGauge("shoal_worker_model_load_seconds",
                                            "Time to read and pack the weights.", {})),
      attached_(registry.AddGauge("shoal_worker_attached",
                                  "1 while a coordinator has welcomed this worker.", {})) {
  registry
      .AddGauge("shoal_build_info", "Always 1; the labels say what runs.",
                {{"version", labels.version}, {"isa", labels.kernel_table}})
      .Set(1);
  registry
      .AddGauge("shoal_model_info", "Always 1; the labels say which model.",
                {{"model", labels.model}, {"precision", labels.precision}})
      .Set(1);
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

void WorkerProbe::Attached(bool attached) { attached_.Set(attached ? 1 : 0); }

}  // namespace shoal
