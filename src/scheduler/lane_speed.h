// What the coordinator knows of one lane's speed: the line that the worker measured in its warm-up,
// times one learned number r.
//
// r = execution time / (α + c·cost/1000), a moving average of weight 1/32 that starts at 1 with
// each attachment, every sample cut to 8: one stolen time slice must not condemn a lane. A probe
// (lane_probe.h) that was faster than believed weighs 1/8: it had the lane to itself.
#pragma once

#include <algorithm>
#include <chrono>

#include "scheduler/cost.h"
#include "scheduler/pool_view.h"

namespace shoal {

// Not thread-safe.
class LaneSpeed {
 public:
  // Time of a batch on a fresh lane: alpha_us + per_token_us · cost / 1000. alpha_us >= 0,
  // per_token_us > 0.
  LaneSpeed(double alpha_us, double per_token_us)
      : fresh_alpha_us_(alpha_us), fresh_per_token_us_(per_token_us) {}

  // A batch of `cost` took so long. Gives the sample of r.
  double Sample(Cost cost, std::chrono::microseconds execution, bool probe = false) {
    const double fresh = fresh_alpha_us_ + fresh_per_token_us_ * Tokens(cost);
    const double measured = std::max(0.0, static_cast<double>(execution.count()));
    const double sample = std::min(measured / fresh, kLargestSample);
    ratio_ += (sample - ratio_) / (probe && sample < ratio_ ? 8 : 32);
    return sample;
  }

  // S(cost), rounded up, at least 1 µs.
  std::chrono::microseconds Predict(Cost cost) const {
    return std::max(std::chrono::microseconds(1),
                    RoundUp(alpha_us() + per_token_us() * Tokens(cost)));
  }

  double alpha_us() const { return ratio_ * fresh_alpha_us_; }
  double per_token_us() const { return ratio_ * fresh_per_token_us_; }
  double ratio() const { return ratio_; }

 private:
  static constexpr double kLargestSample = 8;

  static double Tokens(Cost cost) { return static_cast<double>(cost) / kCostPerToken; }

  double fresh_alpha_us_;
  double fresh_per_token_us_;
  double ratio_ = 1;
};

}  // namespace shoal
