#include "load/arrivals.h"

#include <cmath>

#include "base/check.h"

namespace shoal {

std::vector<std::chrono::microseconds> Arrivals(ArrivalLaw law, double rate,
                                                std::chrono::microseconds duration, Rng& rng) {
  CHECK(rate > 0, "an open loop has a rate");
  std::vector<std::chrono::microseconds> times;
  const double end = static_cast<double>(duration.count());
  const double mean_gap = 1e6 / rate;
  double time = law == ArrivalLaw::kConstant ? 0 : -mean_gap * std::log1p(-rng.Unit());
  while (time < end) {
    times.emplace_back(static_cast<std::int64_t>(time));
    // A constant rate is multiplied, not added up: no rounding grows.
    time = law == ArrivalLaw::kConstant ? mean_gap * static_cast<double>(times.size())
                                        : time - mean_gap * std::log1p(-rng.Unit());
  }
  return times;
}

}  // namespace shoal
