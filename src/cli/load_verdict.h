// What `shoal load` makes of --fail-if: the expressions as thresholds, and how the command ends.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/settings.h"
#include "load/load_run.h"
#include "load/run_tally.h"
#include "load/threshold.h"

namespace shoal {

// Every --fail-if, changes between two runs too. INVALID_ARGUMENT: one that is none.
Result<std::vector<Threshold>> GivenThresholds(const Settings& settings);
// The same of runs of --find-knee (which has its own without) or of one run, where a change is
// refused, and --abort-on-fail without any.
Result<std::vector<Threshold>> RunThresholds(const Settings& settings);

// Says each sentence: "load failed: ...". The exit code: kExitOk where there is none.
int FailFor(std::string_view command, const std::vector<std::string>& breaches);

int VerdictOn(const LoadReport& report, const std::vector<Threshold>& thresholds);

// Judges a run as it goes on. Not thread-safe.
class RunJudge {
 public:
  // `thresholds` must outlive it.
  RunJudge(const std::vector<Threshold>& thresholds, const LoadPlan& plan);

  // Looks once a second while requests are sent: later the end is near, and rates only fall.
  void Take(const LoadProgress& progress);
  // What of the thresholds is met by what came so far; nothing: the run may go on.
  const std::optional<std::string>& breach() const { return breach_; }

 private:
  const std::vector<Threshold>& thresholds_;
  const std::chrono::microseconds duration_;
  RunTally tally_;
  std::chrono::microseconds next_look_;
  std::optional<std::string> breach_;
};

}  // namespace shoal
