// `shoal support`: what a report of a fault needs, as one tar. It is written whatever can be had:
// what cannot is a line in its errors.txt. No text, no vector and no secret is in it.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunSupport(const Invocation& invocation);

}  // namespace shoal
