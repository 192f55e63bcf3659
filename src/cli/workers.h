// `shoal workers list|drain ID|resume ID`: the workers that a coordinator knows, and which of them
// get no work.
#pragma once

#include "cli/command.h"

namespace shoal {

// All print workers as `shoal status` does: list every one, drain and resume the one they changed.
int RunWorkersList(const Invocation& invocation);
int RunWorkersDrain(const Invocation& invocation);
int RunWorkersResume(const Invocation& invocation);

}  // namespace shoal
