// The best idle pool of the last minute: it decides which deadlines can never be kept. The pool of
// now must not decide that: while a worker restarts, callers would be told to give up for good.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "scheduler/pool_view.h"

namespace shoal {

// The largest speed and the smallest batch time of each sixth of a minute. Not thread-safe.
class BestPool {
 public:
  void Note(std::chrono::microseconds now, const PoolView& pool) {
    const std::int64_t period = now / kPeriod;
    Seen& seen = seen_[static_cast<std::size_t>(period) % seen_.size()];
    if (seen.period != period) seen = {.period = period};
    if (pool.speed <= 0) return;
    if (seen.pool.speed <= 0 || pool.BatchTime(0) < seen.pool.BatchTime(0)) {
      const double speed = seen.pool.speed;
      seen.pool = pool;
      seen.pool.speed = std::max(speed, pool.speed);
      seen.pool.running = std::chrono::microseconds(0);
    }
    seen.pool.speed = std::max(seen.pool.speed, pool.speed);
    seen.pool.round_trip = std::min(seen.pool.round_trip, pool.round_trip);
  }

  // speed 0: there was none.
  PoolView Best(std::chrono::microseconds now) const {
    PoolView best;
    for (const Seen& seen : seen_) {
      if (seen.period <= now / kPeriod - static_cast<std::int64_t>(seen_.size())) continue;
      if (seen.pool.speed <= 0) continue;
      if (best.speed <= 0) {
        best = seen.pool;
        continue;
      }
      const double speed = std::max(best.speed, seen.pool.speed);
      const auto round_trip = std::min(best.round_trip, seen.pool.round_trip);
      if (seen.pool.BatchTime(0) < best.BatchTime(0)) best = seen.pool;
      best.speed = speed;
      best.round_trip = round_trip;
    }
    return best;
  }

 private:
  static constexpr std::chrono::microseconds kPeriod{10'000'000};

  struct Seen {
    std::int64_t period = -1'000'000;
    PoolView pool{};
  };

  std::array<Seen, 6> seen_{};
};

}  // namespace shoal
