// When the requests of an open loop are to start. The schedule is made before the first request is
// sent, from a seed: a slow server cannot slow down its own load, and the same seed offers the same
// load again.
#pragma once

#include <chrono>
#include <vector>

#include "base/rng.h"

namespace shoal {

enum class ArrivalLaw {
  kConstant,  // every 1/rate
  kPoisson,   // gaps are exponential with mean 1/rate: callers who know nothing of each other
};

// Times since the start of the run, ascending, all before `duration`. `rate` is per second, > 0.
std::vector<std::chrono::microseconds> Arrivals(ArrivalLaw law, double rate,
                                                std::chrono::microseconds duration, Rng& rng);

}  // namespace shoal
