// The figures of a run that goes on, kept up with each answer: judging it must not cost what
// sorting all its times would. Counts are exact; a time is at most 1 % less than it was.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "load/load_figures.h"

namespace shoal {

// Times in buckets that are 1 % wide.
class TimeTally {
 public:
  void Add(std::chrono::microseconds time);
  // Seconds, of the nearest rank; 0 without times.
  Percentiles Read() const;

 private:
  static constexpr std::size_t kPerDoubling = 70;  // 2^(1/70) is 1.00995
  static constexpr std::size_t kDoublings = 40;    // up to 12 days

  double At(double share) const;

  std::array<std::uint64_t, kPerDoubling * kDoublings> counts_{};
  std::uint64_t count_ = 0;
  std::chrono::microseconds most_{0};
};

// Not thread-safe.
class RunTally {
 public:
  // `deadline` 0: none.
  explicit RunTally(std::chrono::microseconds deadline) : deadline_(deadline) {}

  void Add(const LoadSample& sample);
  // Of the requests that were answered so far, `elapsed` after the start; `offered` are these.
  LoadFigures Read(std::chrono::microseconds elapsed) const;

 private:
  const std::chrono::microseconds deadline_;
  std::uint64_t good_texts_ = 0;
  std::uint64_t good_tokens_ = 0;
  LoadFigures counts_;
  TimeTally latency_;
  TimeTally service_;
  TimeTally refusal_;
};

}  // namespace shoal
