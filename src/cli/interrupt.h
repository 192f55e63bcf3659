// Ctrl-C and SIGTERM: the first asks the command to finish what it has begun, the second ends the
// process at once.
#pragma once

namespace shoal {

// From now on. Blocking system calls are interrupted (EINTR).
void CatchInterrupts();

// The signal that came, 0 before. Thread-safe.
int InterruptSignal();

}  // namespace shoal
