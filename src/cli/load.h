// `shoal load`: traffic against a served endpoint, and what became of it.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunLoadCommand(const Invocation& invocation);

}  // namespace shoal
