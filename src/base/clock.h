// Time is asked of a Clock, so that tests and simulation decide what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace shoal {

class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic; the zero is arbitrary.
  virtual std::chrono::steady_clock::time_point Now() const = 0;
};

// The machine's monotonic clock. Thread-safe, lives for ever.
const Clock& SystemClock();

// Unix time, for people and to compare with the times of files; jumps when somebody sets it.
std::int64_t UnixNanoseconds();

// A clock that stands until somebody moves it. Not thread-safe.
class ManualClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override { return now_; }
  void Advance(std::chrono::steady_clock::duration by) { now_ += by; }

 private:
  std::chrono::steady_clock::time_point now_{};
};

}  // namespace shoal
