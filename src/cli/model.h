// shoal model fetch, list, verify.
#pragma once

#include "cli/command.h"

namespace shoal {

int RunModelFetch(const Invocation& invocation);
int RunModelList(const Invocation& invocation);
int RunModelVerify(const Invocation& invocation);

}  // namespace shoal
