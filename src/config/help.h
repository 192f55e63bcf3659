// Help and shell completion, made from the tables of commands and options. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "config/commands.h"

namespace shoal {

// All commands, one a line.
std::string HelpOverview();
// Usage, summary, and every flag with default and variable.
std::string HelpFor(const CommandInfo& command);

// The script to source in `shell`: bash, zsh or fish. INVALID_ARGUMENT for others.
Result<std::string> CompletionScript(std::string_view shell);

}  // namespace shoal
