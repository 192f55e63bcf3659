// Ctrl-C, SIGTERM and SIGHUP: the first asks the command to finish what it has begun, the second
// ends the process at once. A terminal that goes away sends several SIGHUP: none is a second one.
#pragma once

#include "cli/exit_code.h"

namespace shoal {

// From now on; SIGHUP stays ignored where it is (nohup). Blocking system calls are interrupted
// (EINTR).
void CatchInterrupts();

// The signal that came, 0 before. Thread-safe.
int InterruptSignal();

// What a command ends with when a signal cut its work off.
ExitCode InterruptExitCode();

}  // namespace shoal
