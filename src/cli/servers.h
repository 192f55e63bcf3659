// The commands that serve: `shoal serve`, `shoal coordinator`, `shoal worker`.
#pragma once

#include "cli/command.h"

namespace shoal {

// A coordinator in this process and supervised worker processes, one per core.
int RunServe(const Invocation& invocation);
int RunCoordinator(const Invocation& invocation);
int RunWorker(const Invocation& invocation);

}  // namespace shoal
