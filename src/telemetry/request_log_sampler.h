// Which requests get a line in the log: of those that went well at most so many a second, of those
// that did not all. How many were left out stands in the next line, as `sampled_out`.
//
//   if (const auto left_out = sampler.Admit(verdict == Verdict::kOk, now)) Log...(*left_out)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace shoal {

// Not thread-safe. A second begins with the first `ok` line behind the one before.
class RequestLogSampler {
 public:
  explicit RequestLogSampler(std::uint64_t ok_per_second) : ok_per_second_(ok_per_second) {}

  // Nothing: no line. Else how many were left out since the last line.
  std::optional<std::uint64_t> Admit(bool ok, std::chrono::steady_clock::time_point now) {
    if (ok && !HasRoom(now)) {
      ++left_out_;
      return std::nullopt;
    }
    return std::exchange(left_out_, 0);
  }

 private:
  bool HasRoom(std::chrono::steady_clock::time_point now) {
    if (!second_ || now - *second_ >= std::chrono::seconds(1)) {
      second_ = now;
      said_ = 0;
    }
    if (said_ >= ok_per_second_) return false;
    ++said_;
    return true;
  }

  const std::uint64_t ok_per_second_;
  std::optional<std::chrono::steady_clock::time_point> second_;
  std::uint64_t said_ = 0;      // `ok` lines in this second
  std::uint64_t left_out_ = 0;  // since the last line
};

}  // namespace shoal
