// What the coordinator knows of one lane's speed: the line that the worker measured in its warm-up,
// times one learned number r.
//
// r = execution time / (α + c·cost/1000), a moving average of weight 1/32 that starts at 1, every
// sample cut to 8: one stolen time slice must not condemn a lane. A lane that is believed slow may
// get nothing that it could prove itself on, so a second without a sample forgives it.
#pragma once

#include <chrono>

#include "scheduler/cost.h"

namespace shoal {

// Not thread-safe.
class LaneSpeed {
 public:
  // Time of a batch on a fresh lane: alpha_us + per_token_us · cost / 1000. alpha_us >= 0,
  // per_token_us > 0.
  LaneSpeed(double alpha_us, double per_token_us)
      : alpha_us_(alpha_us), per_token_us_(per_token_us) {}

  void Sample(std::chrono::microseconds now, Cost cost, std::chrono::microseconds execution);

  // S(cost), rounded up, at least 1 µs.
  std::chrono::microseconds Predict(std::chrono::microseconds now, Cost cost) const;

  double ratio() const { return ratio_; }

 private:
  double Fresh(Cost cost) const;

  double alpha_us_;
  double per_token_us_;
  double ratio_ = 1;
  std::chrono::microseconds last_sample_{0};
};

}  // namespace shoal
