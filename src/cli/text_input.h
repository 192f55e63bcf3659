// What commands that read texts have in common: their flags, made into a reader.
#pragma once

#include "base/status.h"
#include "cli/command.h"
#include "embed/text_reader.h"

namespace shoal {

// The arguments, else --input, else stdin. INVALID_ARGUMENT when there are both, or when stdin is a
// terminal, where nobody knows that we wait.
Result<TextReader> OpenTexts(const Invocation& invocation);

}  // namespace shoal
