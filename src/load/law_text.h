// How a user writes a law: its name and, behind a colon, its parameters: "gamma:shape=0.5",
// "bursts:on=200ms,off=800ms". What each law takes is said by a form. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

struct LawParameter {
  enum class Kind { kNumber, kDuration };
  std::string_view name;
  Kind kind = Kind::kNumber;
  double min = 0;  // of a duration in µs
  double max = 1e12;
  std::optional<double> otherwise;  // where it is not given; none: it has to be
};

// "gamma" of "gamma:shape=0.5", and what stands behind the colon.
struct LawText {
  std::string_view name;
  std::string_view rest;
};
LawText SplitLaw(std::string_view text);

// The parameters' values in their order, durations in µs. INVALID_ARGUMENT says what was found and
// what is accepted: one that is unknown, stands twice, lacks or is out of its range.
Result<std::vector<double>> ReadLawParameters(std::string_view rest,
                                              const std::vector<LawParameter>& parameters);

}  // namespace shoal
