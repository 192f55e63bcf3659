// shoal version: what this binary is, for people and for bug reports.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunVersion(const Invocation& invocation);

}  // namespace shoal
