// What commands that read texts have in common: their flags, made into a reader and a place for
// what becomes of them.
#pragma once

#include "base/status.h"
#include "cli/command.h"
#include "embed/output_file.h"
#include "embed/text_reader.h"

namespace shoal {

// The arguments, else --input, else stdin. INVALID_ARGUMENT when there are both, or when stdin is a
// terminal, where nobody knows that we wait.
// An argument that is the name of a file is a text all the same, and a line on stderr says so.
Result<TextReader> OpenTexts(const Invocation& invocation);

// Says why there are no texts: the exit code of OpenTexts. A disk that fails is no wrong usage.
int FailInput(const Status& status);

// Says why --output cannot be opened: its exit code. An open that a signal ended is an interrupt.
int FailOutput(const Status& status);

}  // namespace shoal
