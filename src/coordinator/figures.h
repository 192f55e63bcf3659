// Where a coordinator stands: what it has counted, what waits, what its workers can do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "scheduler/call_table.h"
#include "scheduler/counters.h"

namespace shoal {

struct QueueFigures {
  std::size_t items = 0;
  double seconds = 0;     // that the workers need for it; 0 too where there are none
  double oldest_age = 0;  // seconds since the call came that has waited longest
};

struct CoordinatorFigures {
  SchedulerCounters counters;
  std::uint64_t refused_early = 0;  // before they were tokenised
  std::array<QueueFigures, kQueueKinds> queues{};
  std::size_t queued_bytes = 0;
  std::size_t open_calls = 0;
  double offered = 0;       // cost per second that callers want, refused or not, each call once
  Cost offered_total = 0;   // of them since the beginning
  double capacity = 0;      // cost per second of the workers that are ready
  int desired_workers = 1;  // see scheduler/scaling_signal.h
};

}  // namespace shoal
