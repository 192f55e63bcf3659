// shoal embed: texts in, vectors out.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunEmbed(const Invocation& invocation);

}  // namespace shoal
