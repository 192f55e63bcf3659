// Draws what goes wrong in a scenario, from the menu of fault.h.
#pragma once

#include "base/rng.h"
#include "scenario.h"

namespace shoal::sim {

void DrawFaults(Rng& rng, Scenario& scenario);

}  // namespace shoal::sim
