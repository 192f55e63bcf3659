// `shoal load compare A.json B.json`: what changed from one report of `shoal load` to another.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunLoadCompare(const Invocation& invocation);

}  // namespace shoal
