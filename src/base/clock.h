// Time is asked of a Clock, so that tests and simulation decide what time it is.
#pragma once

#include <chrono>

namespace shoal {

class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic; the zero is arbitrary.
  virtual std::chrono::steady_clock::time_point Now() const = 0;
};

// The machine's monotonic clock. Thread-safe, lives for ever.
const Clock& SystemClock();

// A clock that stands until somebody moves it. Not thread-safe.
class ManualClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override { return now_; }
  void Advance(std::chrono::steady_clock::duration by) { now_ += by; }

 private:
  std::chrono::steady_clock::time_point now_{};
};

}  // namespace shoal
