// The highest rate that a server takes: which rate to try next, after what became of those before.
// Pure; who runs the steps says how each ended.
//
// Up from the first rate, twice as much each time, until a step fails (or down, half as much, until
// one passes), then halfway between the highest that passed and the lowest that failed, by their
// ratio, until the two are 5 % apart. A rate fails where three steps at it have failed: a hiccup of
// the machine, or two, do not decide.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace shoal {

enum class StepOutcome {
  kPassed,
  kFailed,   // met a threshold
  kInvalid,  // the generator lagged: it could not offer that rate
};
// "passed", "failed", "invalid".
std::string_view Name(StepOutcome outcome);

// Why there is no higher knee.
enum class KneeLimit {
  kThreshold,  // a higher rate fails
  kGenerator,  // a higher rate cannot be offered from here
  kHighest,    // the highest rate that was to be tried passed
  kNone,       // no rate passed
};
// "threshold", "generator", "rate_max", "none".
std::string_view Name(KneeLimit limit);

// Three digits are enough for a rate: 1234.5 is 1230.
double RoundRate(double rate);

class KneeSearch {
 public:
  // Rates per second, 0 < first <= highest.
  KneeSearch(double first, double highest);

  // The rate of the next step; nothing: the search is over.
  std::optional<double> NextRate() const { return next_; }
  // How the step at NextRate ended.
  void Take(StepOutcome outcome);

  // The highest rate that passed; 0: none did.
  double knee() const { return passed_; }
  // The lowest that failed; nothing: none did.
  std::optional<double> failing() const { return failing_; }
  // Once the search is over.
  KneeLimit limit() const;

 private:
  std::optional<double> Following() const;

  const double highest_;
  const double lowest_;  // below it no server is worth a search
  double passed_ = 0;
  std::optional<double> failing_;
  StepOutcome failing_as_ = StepOutcome::kFailed;
  int failures_ = 0;  // at NextRate
  std::optional<double> next_;
};

}  // namespace shoal
