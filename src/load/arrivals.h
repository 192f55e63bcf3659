// When the requests of an open loop are to start. The schedule is made before the first request is
// sent, from a seed: a slow server cannot slow down its own load, and the same seed offers the same
// load again.
//
// A law whose rate changes with time is Poisson at each moment. `rate` is the mean of all laws but
// three: step, ramp and spike start from it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "base/status.h"

namespace shoal {

struct ConstantArrivals {};  // every 1/rate
struct PoissonArrivals {};   // exponential gaps: callers who know nothing of each other
struct GammaArrivals {       // gamma gaps: below 1 they come in clumps, above 1 more evenly
  double shape = 1;
};
struct BurstArrivals {  // all of them in `on`, none in `off`, in turn
  std::chrono::microseconds on{0};
  std::chrono::microseconds off{0};
};
struct SineArrivals {  // the rate swings by `depth` of itself
  std::chrono::microseconds period{0};
  double depth = 0;
};
struct StepArrivals {  // `to` times the rate from `at` on
  std::chrono::microseconds at{0};
  double to = 1;
};
struct RampArrivals {  // evenly from the rate to `to` times it at the end of the run
  double to = 1;
};
struct SpikeArrivals {  // `to` times the rate for `length`
  std::chrono::microseconds at{0};
  std::chrono::microseconds length{0};
  double to = 1;
};
// The logarithm of the rate is an Ornstein-Uhlenbeck process: `log_std` is its standard deviation
// in steady state, where it starts; the correlation of two moments falls by e in `time_constant`.
struct NoisyArrivals {
  double log_std = 0.5;
  std::chrono::microseconds time_constant{10'000'000};
};
struct ReplayedArrivals {  // as they are; the rate says nothing
  std::vector<std::chrono::microseconds> times;
};

using ArrivalLaw =
    std::variant<PoissonArrivals, ConstantArrivals, GammaArrivals, BurstArrivals, SineArrivals,
                 StepArrivals, RampArrivals, SpikeArrivals, NoisyArrivals, ReplayedArrivals>;

// Times since the start of the run, ascending, all before `duration`. `rate` is per second, > 0.
std::vector<std::chrono::microseconds> Arrivals(const ArrivalLaw& law, double rate,
                                                std::chrono::microseconds duration, Rng& rng);

// "poisson", "gamma:shape=0.5", "replay:FILE" ...; a file is read. INVALID_ARGUMENT says what was
// found, what is accepted and where.
Result<ArrivalLaw> ParseArrivalLaw(std::string_view text);

// A time in seconds at the beginning of each line, alone or before a comma, semicolon or tab; a
// first line without one is a heading. They count from the earliest, and may stand in any order.
// `name` is the file's, for messages.
Result<ReplayedArrivals> ParseTimes(std::string_view text, const std::string& name);

}  // namespace shoal
