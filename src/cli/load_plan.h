// What the flags of `shoal load` ask for.
#pragma once

#include "base/status.h"
#include "config/settings.h"
#include "load/load_plan.h"

namespace shoal {

// Reads the files that flags name. INVALID_ARGUMENT and NOT_FOUND are wrong usage.
Result<LoadPlan> LoadPlanOf(const Settings& settings);

}  // namespace shoal
