// When a run counts as failed: "p99>50ms", "goodput<95%", "errors>0". An expression says what must
// not be; a run that meets it has failed. Pure.
//
//   NAME    one of kFigures
//   > >= < <=
//   VALUE   of times 50ms, 1.5s, 200us; of counts 3 or 0.1% (of Judged); of rates 1000
//   +VALUE, -VALUE   between two runs: by so much of its unit, or with % of what it was
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "load/load_figures.h"

namespace shoal {

struct Threshold {
  enum class Order { kOver, kAtLeast, kUnder, kAtMost };
  enum class Measure {
    kValue,
    kShare,           // of a count
    kChange,          // against another run, in the figure's unit
    kRelativeChange,  // likewise, 0.1 for +10%; of a count that of its share
  };
  std::string text;  // as it was written
  const Figure* figure = nullptr;
  Order order = Order::kOver;
  Measure measure = Measure::kValue;
  double bound = 0;  // seconds, a share, or the number itself

  bool of_change() const {
    return measure == Measure::kChange || measure == Measure::kRelativeChange;
  }
};

// INVALID_ARGUMENT says what was found and what is accepted.
Result<Threshold> ParseThreshold(std::string_view text);

// Is `value` what the threshold forbids?
bool IsMet(const Threshold& threshold, double value);

// What a run says of a threshold, which is none of a change.
struct Judgement {
  bool met = false;        // the run has failed
  bool measured = true;    // false: met because there is nothing to measure
  double value = 0;        // in the unit of `bound`
  std::string value_text;  // "128 ms"
  std::string bound_text;  // "50 ms"
};
Judgement Judge(const Threshold& threshold, const LoadFigures& figures);
// The same for a report.
std::vector<JudgedThreshold> JudgeAll(const std::vector<Threshold>& thresholds,
                                      const LoadFigures& figures);

// What of `thresholds` (none of a change) the run meets and by how much, a sentence each:
// "p99>50ms: found 128 ms, over it by 78.0 ms". A run that proves nothing meets something: one in
// which the generator lagged, nothing was offered, or, for a percentile, nothing was answered.
std::vector<std::string> Breaches(const std::vector<Threshold>& thresholds,
                                  const LoadFigures& figures);

// The same of a run that goes on, `figures` of the requests answered so far: the first that is met
// and had answers enough. Thresholds that a longer run could still leave behind by its length alone
// ("ok<1000") wait for the end.
std::optional<std::string> BreachSoFar(const std::vector<Threshold>& thresholds,
                                       const LoadFigures& figures,
                                       std::chrono::microseconds elapsed);

}  // namespace shoal
