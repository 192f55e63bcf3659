// The speed of a worker is that of the pool by the number of ready workers, averaged over half a
// minute. One that is set apart, and adds no speed, so makes the others' mean lower: a replacement
// for it is asked for. Without any worker the last speed is remembered.
#include "scheduler/scaling_signal.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shoal {

using std::chrono::microseconds;

namespace {

constexpr microseconds kSpeedMemory{30'000'000};
// How long fewer must be enough, and how long a coordinator that has just begun trusts those who
// started its workers more than what it has seen.
constexpr microseconds kHold{120'000'000};
constexpr double kSpareBeforeDown = 1.05;
constexpr microseconds kCareful{60'000'000};  // after a step down
constexpr double kMoreThanNoise = 1.1;
constexpr double kDeviations = 3;
constexpr double kMost = 1e6;

int RoundedUp(double need) {
  return std::max(1, static_cast<int>(std::ceil(std::min(need, kMost))));
}

}  // namespace

void ScalingSignal::Look(microseconds now, const ScalingView& view) {
  if (!started_) {
    started_ = true;
    began_ = lower_since_ = careful_until_ = now;
  }
  // Its callers go elsewhere; what it saw before stands.
  if (view.draining) return;
  LearnSpeed(now, view);
  if (now - began_ < kHold) desired_ = std::max(desired_, view.ready.workers);
  if (worker_speed_ <= 0) return;
  const double full = worker_speed_ * kUtilisation;
  need_ = view.offered.per_us / full;
  Decide(now, view.offered.deviation / full);
}

void ScalingSignal::LearnSpeed(microseconds now, const ScalingView& view) {
  if (view.ready.workers <= 0 || view.ready.speed <= 0) {
    learning_ = false;
    return;
  }
  if (!std::exchange(learning_, true)) learning_since_ = speed_learned_ = now;
  const double speed = view.ready.speed / view.ready.workers;
  // The mean of all so far, until they are half a minute: whoever attached first may be special.
  const microseconds memory = std::min(kSpeedMemory, now - learning_since_);
  const double weight = memory > microseconds(0)
                            ? static_cast<double>((now - speed_learned_).count()) /
                                  static_cast<double>(memory.count())
                            : 1;
  worker_speed_ += std::min(1.0, weight) * (speed - worker_speed_);
  speed_learned_ = now;
}

void ScalingSignal::Decide(microseconds now, double deviation) {
  double enough = desired_;
  if (now < careful_until_) {
    enough = std::max(enough * kMoreThanNoise, enough + kDeviations * deviation);
  }
  if (need_ > enough) return Settle(now, RoundedUp(need_));
  const int lower = RoundedUp(need_ * kSpareBeforeDown);
  if (lower >= desired_) return Settle(now, desired_);
  most_since_ = std::max(most_since_, lower);
  if (now - lower_since_ < kHold) return;
  careful_until_ = now + kCareful;
  Settle(now, most_since_);
}

void ScalingSignal::Settle(microseconds now, int desired) {
  desired_ = desired;
  lower_since_ = now;
  most_since_ = 0;
}

}  // namespace shoal
