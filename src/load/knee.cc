#include "load/knee.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace shoal {
namespace {

constexpr double kClose = 1.05;
constexpr int kTries = 3;
constexpr double kLowestShare = 1.0 / 64;  // of the first rate

}  // namespace

std::string_view Name(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::kPassed:
      return "passed";
    case StepOutcome::kFailed:
      return "failed";
    case StepOutcome::kInvalid:
      return "invalid";
  }
  CHECK(false, "a step has an outcome");
}

std::string_view Name(KneeLimit limit) {
  switch (limit) {
    case KneeLimit::kThreshold:
      return "threshold";
    case KneeLimit::kGenerator:
      return "generator";
    case KneeLimit::kHighest:
      return "rate_max";
    case KneeLimit::kNone:
      return "none";
  }
  CHECK(false, "a search has a limit");
}

double RoundRate(double rate) {
  CHECK(rate > 0, "a rate is above zero");
  const double unit = std::pow(10, std::floor(std::log10(rate)) - 2);
  return unit < 1 ? std::round(rate / unit) / std::round(1 / unit) : std::round(rate / unit) * unit;
}

KneeSearch::KneeSearch(double first, double highest)
    : highest_(highest), lowest_(first * kLowestShare), next_(first) {
  CHECK(first > 0 && first <= highest, "a search begins between nothing and the highest rate");
}

void KneeSearch::Take(StepOutcome outcome) {
  CHECK(next_.has_value(), "a search that is over takes no more steps");
  if (outcome == StepOutcome::kPassed) {
    passed_ = *next_;
  } else if (++failures_ < kTries) {
    return;
  } else {
    failing_ = *next_;
    failing_as_ = outcome;
  }
  failures_ = 0;
  next_ = Following();
}

std::optional<double> KneeSearch::Following() const {
  if (!failing_) {
    if (passed_ >= highest_) return std::nullopt;
    return std::min(RoundRate(passed_ * 2), highest_);
  }
  if (passed_ == 0) {
    const double lower = RoundRate(*failing_ / 2);
    return lower < lowest_ ? std::nullopt : std::optional(lower);
  }
  if (*failing_ <= passed_ * kClose) return std::nullopt;
  const double halfway = RoundRate(std::sqrt(passed_ * *failing_));
  return halfway > passed_ && halfway < *failing_ ? std::optional(halfway) : std::nullopt;
}

KneeLimit KneeSearch::limit() const {
  if (passed_ == 0) return KneeLimit::kNone;
  if (!failing_) return KneeLimit::kHighest;
  return failing_as_ == StepOutcome::kInvalid ? KneeLimit::kGenerator : KneeLimit::kThreshold;
}

}  // namespace shoal
