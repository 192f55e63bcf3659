// Of what happens a thousand times a second the log says at most once a second how often it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace shoal {

// Not thread-safe.
class SampledCount {
 public:
  static constexpr std::chrono::seconds kInterval{1};

  explicit SampledCount(const Clock& clock, std::chrono::seconds interval = kInterval)
      : clock_(clock), interval_(interval) {}

  // Once more, or so often. How often since it was last said, when it is time to say it.
  std::optional<std::uint64_t> Add(std::uint64_t count = 1) {
    unsaid_ += count;
    if (said_at_ && clock_.Now() - *said_at_ < interval_) return std::nullopt;
    said_at_ = clock_.Now();
    return std::exchange(unsaid_, 0);
  }

  // At the end: how often since it was last said, if ever.
  std::optional<std::uint64_t> TakeRest() {
    if (unsaid_ == 0) return std::nullopt;
    return std::exchange(unsaid_, 0);
  }

 private:
  const Clock& clock_;
  const std::chrono::seconds interval_;
  std::optional<std::chrono::steady_clock::time_point> said_at_;
  std::uint64_t unsaid_ = 0;
};

}  // namespace shoal
