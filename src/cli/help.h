// shoal help: the text that --help prints, too.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunHelp(const Invocation& invocation);

}  // namespace shoal
