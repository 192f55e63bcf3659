// Two runs side by side: what changed, and what of it is more than chance. Pure.
//
// A run's own spread is known from its seconds: the mean of n seconds that vary by s is only known
// to s / sqrt(n). A change of more than three times that, of both runs together, is marked; less
// may be chance. Where a file has no such rows, a share is still known to sqrt(p (1 - p) / n), and
// a time has no spread: its change is not marked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/past_report.h"
#include "load/threshold.h"

namespace shoal {

enum class Mark { kNone, kBetter, kWorse };

struct ComparedFigure {
  const Figure* figure = nullptr;
  double a = 0;  // as ShareOrValue has them
  double b = 0;
  std::optional<double> spread;  // in the same unit: changes within it may be chance
  Mark mark = Mark::kNone;
};

struct Comparison {
  std::vector<ComparedFigure> figures;  // those that both runs have, and not only zeros
  std::vector<std::string> notes;       // why the two may not be comparable
};
Comparison Compare(const PastReport& a, const PastReport& b);

// +0.1 of 10 to 11; infinite from nothing to something.
double RelativeChange(double a, double b);
// "+10.0 %", "from 0", "0 %".
std::string RelativeChangeText(double a, double b);

// What of `thresholds` the change from a to b meets, those without a change of b alone. Likewise
// what an invalid run is good for: nothing.
std::vector<std::string> ChangeBreaches(const std::vector<Threshold>& thresholds,
                                        const PastReport& a, const PastReport& b);

// One object, `version` 1: `figures` with `figure`, `a`, `b`, `spread` (null: not known), `mark`
// ("better", "worse" or ""), and `notes`.
std::string ComparisonJson(const Comparison& comparison);

}  // namespace shoal
