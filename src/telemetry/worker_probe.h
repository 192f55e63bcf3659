// What a worker counts: one method per thing that happens, and the metric's name in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "telemetry/metrics.h"

namespace shoal {

// Thread-safe.
class WorkerProbe {
 public:
  struct Labels {
    std::string version;
    std::string kernel_table;
    std::string model;
    std::string precision;
  };
  WorkerProbe(MetricsRegistry& registry, const Labels& labels);

  // A batch of `items` began to run, whatever becomes of it.
  void BatchStarted(std::uint64_t items);
  // A lane began a batch, this long after it had ended the one before.
  void LaneIdled(std::chrono::nanoseconds time);
  void BatchFinished(std::chrono::microseconds forward_time);
  void ModelLoaded(std::chrono::microseconds load_time);
  void LanesMade(std::size_t activation_bytes);
  void Attached(bool attached);

 private:
  Counter items_executed_;
  Counter batches_executed_;
  Histogram forward_seconds_;
  Histogram lane_idle_seconds_;
  Gauge model_load_seconds_;
  Gauge arena_bytes_;
  Gauge attached_;
};

}  // namespace shoal
