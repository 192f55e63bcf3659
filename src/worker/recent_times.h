// The last forward passes of a worker, for the heartbeat: how long the slow ones take.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace shoal {

// Not thread-safe.
class RecentTimes {
 public:
  void Add(std::chrono::microseconds time) { times_[count_++ % times_.size()] = time; }

  // Of the nearest rank among the last 512; 0 without any.
  std::chrono::microseconds P99() const {
    const std::size_t kept = std::min(count_, times_.size());
    if (kept == 0) return std::chrono::microseconds(0);
    auto sorted = times_;
    const std::size_t rank = (kept * 99 + 99) / 100;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank - 1),
                     sorted.begin() + static_cast<std::ptrdiff_t>(kept));
    return sorted[rank - 1];
  }

 private:
  std::array<std::chrono::microseconds, 512> times_{};
  std::size_t count_ = 0;
};

}  // namespace shoal
