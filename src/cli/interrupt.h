// Ctrl-C and SIGTERM: the first asks the command to finish what it has begun, the second ends the
// process at once.
#pragma once

#include "cli/exit_code.h"

namespace shoal {

// From now on. Blocking system calls are interrupted (EINTR).
void CatchInterrupts();

// The signal that came, 0 before. Thread-safe.
int InterruptSignal();

// What a command ends with when a signal cut its work off.
ExitCode InterruptExitCode();

}  // namespace shoal
