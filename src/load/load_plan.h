// What a run of traffic is to do, and when the requests of an open loop start. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "load/arrivals.h"
#include "load/request_source.h"

namespace shoal {

struct LoadPlan {
  double rate = 0;              // requests per second; 0: a closed loop
  std::size_t concurrency = 0;  // callers of the closed loop
  ArrivalLaw arrival = PoissonArrivals{};
  std::chrono::microseconds duration{0};  // requests start within it; their answers are awaited
  std::chrono::milliseconds deadline{0};  // of each request, all its attempts; 0: none
  RequestLaws requests;                   // its seed is that of the times too
  std::string priority;                   // of each request, as EmbedOptions has it
  std::string client;                     // who sends them, likewise
  bool retries_refusals = false;          // a closed loop: again when a refusal says so
  std::chrono::microseconds warmup{0};    // of the same traffic before; not in the report
  // Of an open loop this part of the schedule is sent; `concurrency` is that of this process.
  LoadPart part;
  std::optional<std::chrono::steady_clock::time_point> start;  // of the warm-up; none: at once
};

// Of this part; the warm-up's times are below 0.
std::vector<std::chrono::microseconds> ScheduleOf(const LoadPlan& plan);

}  // namespace shoal
