// Numbers from 0 to 2^32, counted in buckets that grow with them: what is read is at most 7 % off.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace shoal {

// Not thread-safe.
class LogHistogram {
 public:
  void Add(std::int64_t value) {
    const auto bounded = static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, kMost));
    ++counts_[BucketOf(bounded)];
    ++count_;
    sum_ += bounded;
  }
  void Add(const LogHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  std::uint64_t count() const { return count_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  // Of the nearest rank; `share` is 0.99 for the 99th percentile. 0 without any.
  double Percentile(double share) const {
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(share * static_cast<double>(count_) + 0.999999));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= rank) return MiddleOf(i);
    }
    return 0;
  }

 private:
  static constexpr std::int64_t kMost = (std::int64_t{1} << 32) - 1;
  static constexpr int kSteps = 3;  // 8 buckets to each doubling; below 16 one for each number
  static constexpr std::size_t kBuckets = 16 + (32 - 4) * (std::size_t{1} << kSteps);

  static std::size_t BucketOf(std::uint64_t value) {
    if (value < 16) return static_cast<std::size_t>(value);
    const int width = static_cast<int>(std::bit_width(value)) - 1;  // 4 to 31
    const std::uint64_t step = (value >> (width - kSteps)) & 7;
    return 16 + static_cast<std::size_t>(width - 4) * 8 + static_cast<std::size_t>(step);
  }
  static double MiddleOf(std::size_t bucket) {
    if (bucket < 16) return static_cast<double>(bucket);
    const int width = static_cast<int>((bucket - 16) / 8) + 4;
    const double begin = static_cast<double>((8 + (bucket - 16) % 8) << (width - kSteps));
    return begin + static_cast<double>(std::uint64_t{1} << (width - kSteps)) / 2;
  }

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace shoal
