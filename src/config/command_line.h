// The words after the command: flags of the table (options.h) and positional arguments.
//
//   --flag value   --flag=value   --switch   --switch=false   -o json   -ojson   -h   --
//
// After `--` everything is positional, and `-` always is. Repeatable flags add up; a second value
// of any other flag is refused, even an equal one: one of the two would be lost without a word.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "config/commands.h"

namespace shoal {

struct GivenFlag {
  std::size_t option = 0;  // index in kOptions
  std::string value;       // accepted by CheckValue
};

struct CommandLine {
  std::vector<GivenFlag> flags;
  std::vector<std::string> arguments;
  bool help = false;  // -h or --help: the rest was not looked at
};

// Errors are INVALID_ARGUMENT: an unknown flag (names the nearest that the command takes), a flag
// of other commands (names them), a missing or refused value, a second value. Pure.
Result<CommandLine> ParseCommandLine(CommandSet command, std::span<const std::string> words);

}  // namespace shoal
