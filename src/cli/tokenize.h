// shoal tokenize: texts in, {"ids":[101,...,102]} a line out, as the model sees them.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunTokenize(const Invocation& invocation);

}  // namespace shoal
