// With how few open files gRPC still works: it ends the process when it gets none, so commands that
// use it look at the limit first.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"
#include "config/commands.h"
#include "config/settings.h"

namespace shoal {

// The least limit of open files (ulimit -n) with which `command` works and has some to spare; 0 for
// commands without gRPC. `count` is the workers of a serve and the connections of a load.
std::size_t LeastDescriptors(CommandSet command, std::size_t count);

// Raises the limit as far as it may, and says if it is still too low. `name` is the command's.
Status CheckDescriptors(CommandSet command, std::string_view name, const Settings& settings);

}  // namespace shoal
