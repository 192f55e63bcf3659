// `shoal load --find-knee`: the highest rate at which the thresholds hold, found by steps of load.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/load_verdict.h"
#include "config/settings.h"
#include "load/load_run.h"

namespace shoal {

// Runs a plan, without a word. A step is what --processes send and --abort-on-fail may end; what
// else is asked of the server comes from this process.
using RunPlan = std::function<Result<LoadReport>(const LoadPlan& plan, bool is_step)>;

// A step is `plan` at another rate, which is the first one's where it is not 0. Prints each as it
// ends, then the knee, and gives `write` all of it as JSON. The exit code: kExitThreshold where no
// rate passed.
int FindKnee(const Settings& settings, const LoadPlan& plan,
             const std::vector<Threshold>& thresholds, const RunPlan& run,
             const std::function<Status(const std::string& json)>& write);

}  // namespace shoal
