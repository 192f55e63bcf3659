// What a subcommand is: a row in config/commands.h, a function with its own file here that takes an
// Invocation and returns the exit code of the process, and a row in commands.cc.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace shoal {

// What a command gets: everything is parsed and checked, but for the number of arguments.
struct Invocation {
  Settings settings;
  std::vector<std::string> arguments;  // positional ones
};

inline bool IsGivenAsFlag(const Settings& settings, OptionKey key) {
  return settings.Find(key.index())->origin == Origin::kFlag;
}

}  // namespace shoal
