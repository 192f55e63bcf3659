#include "scheduler/lane_speed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace shoal {

using std::chrono::microseconds;

namespace {

constexpr double kLargestSample = 8;
constexpr microseconds kForgiveAfter{1'000'000};

}  // namespace

void LaneSpeed::Sample(microseconds now, Cost cost, microseconds execution) {
  const double measured = std::max(0.0, static_cast<double>(execution.count()));
  ratio_ += (std::min(measured / Fresh(cost), kLargestSample) - ratio_) / 32;
  last_sample_ = now;
}

microseconds LaneSpeed::Predict(microseconds now, Cost cost) const {
  const bool forgiven = now - last_sample_ > kForgiveAfter;
  const double ratio = forgiven ? std::min(ratio_, 1.0) : ratio_;
  const double us = std::ceil(ratio * Fresh(cost));
  return microseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(us)));
}

double LaneSpeed::Fresh(Cost cost) const {
  return alpha_us_ + per_token_us_ * static_cast<double>(cost) / kCostPerToken;
}

}  // namespace shoal
