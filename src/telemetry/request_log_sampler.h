// Which requests get a line in the log: of those that were served, of those that were refused, and
// of those whose client went away at most so many a second each, as clients can make any number of
// them; of those that failed otherwise all. How many were left out stands in the next line about
// their kind, as `sampled_out`.
//
//   if (const auto left_out = sampler.Admit(verdict, now)) Log...(*left_out)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "api/verdict.h"

namespace shoal {

// Not thread-safe. A second begins with the first line behind the one before.
class RequestLogSampler {
 public:
  explicit RequestLogSampler(std::uint64_t per_second) : per_second_(per_second) {}

  // Nothing: no line. Else how many were left out since the last line.
  std::optional<std::uint64_t> Admit(Verdict verdict, std::chrono::steady_clock::time_point now) {
    const bool is_cancelled = verdict == Verdict::kCancelled;
    const Outcome outcome = OutcomeOf(verdict);
    if (outcome == Outcome::kFailed && !is_cancelled) return 0;
    Kind& kind = is_cancelled ? cancelled_ : outcome == Outcome::kOk ? served_ : refused_;
    if (!HasRoom(kind, now)) {
      ++kind.left_out;
      return std::nullopt;
    }
    return std::exchange(kind.left_out, 0);
  }

 private:
  struct Kind {
    std::optional<std::chrono::steady_clock::time_point> second;
    std::uint64_t said = 0;      // in this second
    std::uint64_t left_out = 0;  // since the last line
  };

  bool HasRoom(Kind& kind, std::chrono::steady_clock::time_point now) const {
    if (!kind.second || now - *kind.second >= std::chrono::seconds(1)) {
      kind.second = now;
      kind.said = 0;
    }
    if (kind.said >= per_second_) return false;
    ++kind.said;
    return true;
  }

  const std::uint64_t per_second_;
  Kind served_;
  Kind refused_;
  Kind cancelled_;
};

}  // namespace shoal
