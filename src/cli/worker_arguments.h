// The command line of a worker that `shoal serve` starts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace shoal {

// "worker", then a flag with its value for every option that both `serve` and `worker` take, so
// that none is dropped on the way, and for every option in `own` (name -> value), which goes before
// what `serve` has. `settings` are those of `serve`. The worker's environment is under these flags;
// no shared option is repeatable.
std::vector<std::string> WorkerArguments(const Settings& settings,
                                         const std::map<std::string_view, std::string>& own);

}  // namespace shoal
