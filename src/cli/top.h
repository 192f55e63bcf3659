// `shoal top`: how a coordinator is and what it does, live in a terminal.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunTop(const Invocation& invocation);

}  // namespace shoal
