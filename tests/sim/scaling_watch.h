// The scaling signal beside the real scheduler: told of what arrives and what is refused, asked
// once a second, and never asked by the scheduler itself.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scheduler/offered_load.h"
#include "scheduler/scaling_signal.h"
#include "scheduler/scheduler.h"
#include "table_policy.h"
#include "table_trace.h"

namespace shoal::table {

struct ScalingSample {
  microseconds at{0};
  double offered = 0;  // cost per µs
  double need = 0;
  int desired = 0;
};

// `calls` is the number of calls of the trace.
class ScalingWatch : public Policy {
 public:
  ScalingWatch(const SchedulerOptions& options, std::size_t calls)
      : options_(options), calls_(calls), scheduler_(options) {}

  void Step(microseconds now, std::span<const SchedulerEvent> events,
            std::vector<SchedulerAction>& out) override;
  std::optional<microseconds> NextWakeUp() const override { return scheduler_.NextWakeUp(); }

  // One a second.
  const std::vector<ScalingSample>& samples() const { return samples_; }
  int desired_workers() const { return signal_.desired_workers(); }
  // Attempts and all.
  Cost arrived() const { return arrived_; }

 private:
  void Note(microseconds now, const SchedulerEvent& event);
  // The same for every attempt of a call.
  std::uint64_t KeyOf(CallId call) const { return 1 + call % calls_; }

  const SchedulerOptions options_;
  const std::size_t calls_;
  Scheduler scheduler_;
  OfferedLoad offered_;
  ScalingSignal signal_;
  Cost arrived_ = 0;
  microseconds next_look_{0};
  std::vector<ScalingSample> samples_;
};

// A time of one load.
struct LoadPart {
  double load = 1;
  microseconds duration{60'000'000};
};

// OpenLoop, one part after the other.
Trace OpenLoopOfParts(std::span<const LoadPart> parts, TraceOptions options, const Pool& pool,
                      double capacity, std::uint64_t seed);

}  // namespace shoal::table
