// A scenario in words, for the head of a trace.
#pragma once

#include <string>

#include "scenario.h"

namespace shoal::sim {

// Several lines, each with its newline.
std::string Describe(const Scenario& scenario);

}  // namespace shoal::sim
