// shoal config show, shoal config check.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunConfigShow(const Invocation& invocation);
int RunConfigCheck(const Invocation& invocation);

}  // namespace shoal
