// shoal completion: a script for the shell.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunCompletion(const Invocation& invocation);

}  // namespace shoal
