// The clock by which workers are blamed: it follows the caller's, but advances at most 50 ms
// between two looks. A coordinator that was stopped for five seconds has not waited five seconds
// for anybody.
#pragma once

#include <algorithm>
#include <chrono>

namespace shoal {

// Look at it at least every kLongestLook while a worker is attached. Not thread-safe.
class FailureClock {
 public:
  static constexpr std::chrono::microseconds kLongestLook{20'000};

  // Returns the time of this clock. `now` never goes back.
  std::chrono::microseconds Look(std::chrono::microseconds now) {
    time_ += std::min(now - looked_, kLongestStep);
    looked_ = now;
    return time_;
  }
  std::chrono::microseconds time() const { return time_; }
  // When, on the caller's clock, this one will show `time` if it is looked at often enough.
  std::chrono::microseconds When(std::chrono::microseconds time) const {
    return looked_ + std::max(std::chrono::microseconds(0), time - time_);
  }

 private:
  static constexpr std::chrono::microseconds kLongestStep{50'000};

  std::chrono::microseconds looked_{0};
  std::chrono::microseconds time_{0};
};

}  // namespace shoal
