// When a caller that is refused should try again.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/rng.h"

namespace shoal {

// Nobody here can do it now.
inline constexpr std::chrono::milliseconds kRetryLater{1000};

// After `wait`, a fifth more or less, so that those who are refused together do not come back
// together; at least 10 ms, at most 5 s.
inline std::chrono::milliseconds RetryHint(std::chrono::microseconds wait, Rng& rng) {
  const auto fifth = wait.count() / 5;
  const std::chrono::microseconds earliest = wait - std::chrono::microseconds(fifth);
  const auto more = rng.Below(static_cast<std::uint64_t>(2 * fifth) + 1);
  const auto spread = earliest + std::chrono::microseconds(static_cast<std::int64_t>(more));
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(spread),
                    std::chrono::milliseconds(10), std::chrono::milliseconds(5000));
}

}  // namespace shoal
