// How `shoal` ends, and what it says when it ends badly: one line on stderr.
#pragma once

#include <string_view>

#include "base/status.h"

namespace shoal {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitConfiguration = 3,  // a setting, or a model that is missing or broken
  kExitUnreachable = 4,    // the server
  kExitDeadline = 5,
  kExitPartial = 6,
  kExitThreshold = 7,  // a run met what --fail-if forbids
  kExitHungUp = 129,
  kExitInterrupted = 130,
  kExitUnread = 141,  // nobody reads the pipe that the output goes into; without a word
  kExitTerminated = 143,
};

// What an error on the way means: UNAVAILABLE kExitUnreachable, DEADLINE_EXCEEDED kExitDeadline,
// others kExitFailed.
ExitCode ExitCodeFor(const Status& status);

// Writes "shoal: <message>" to stderr, red where there is colour, bytes that are no UTF-8 as \xFF;
// returns `code`.
int Fail(ExitCode code, std::string_view message);
int Fail(const Status& status);
// The same line in yellow, for what does not end the command.
void Warn(std::string_view message);

}  // namespace shoal
