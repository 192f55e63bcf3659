// What the lanes can do together, as admission sees it: only lanes that count are in it (see
// worker_table.h).
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "scheduler/cost.h"

namespace shoal {

// µs, rounded up; at least 0 and at most a day, whatever the division gives.
inline std::chrono::microseconds RoundUp(double us) {
  constexpr double kLongest = 86'400e6;
  return std::chrono::microseconds(
      static_cast<std::int64_t>(std::ceil(std::clamp(us, 0.0, kLongest))));
}

struct PoolView {
  double speed = 0;                         // cost per µs of full batches, μ; 0: no lane at all
  double alpha_us = 0;                      // of the slowest lane: what any batch pays ...
  double per_token_us = 0;                  // ... and what each 1,000 of cost add
  Cost batch_cost = 0;                      // budget of a batch, B
  std::chrono::microseconds round_trip{0};  // the largest, without compute
  std::chrono::microseconds running{
      0};         // work already sent, spread over all lanes; 0 if one is idle
  int lanes = 0;  // that count

  // S(cost), of a batch that is sent at once, before others can fill it up.
  std::chrono::microseconds TimeAlone(Cost cost) const {
    return RoundUp(alpha_us + per_token_us * static_cast<double>(cost) / kCostPerToken);
  }
  // S(cost), of a batch that others fill up: at least that of a full one.
  std::chrono::microseconds BatchTime(Cost cost) const {
    return TimeAlone(std::max(cost, batch_cost));
  }
};

}  // namespace shoal
