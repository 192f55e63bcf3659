// The performance tables of the scheduler, printed in Markdown: what its rules promise (bars), what
// other rules do with the same work (policies), and what second attempts are worth (second).
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace shoal::table {

struct TablesOptions {
  bool bars = true;
  bool policies = true;
  bool second = true;
  int seeds = 4;  // of every figure
};

// How the arguments are written, one line each.
extern const char kTablesUsage[];

// `which` is bars, policies, second or all; the rest may be --seeds K.
Result<TablesOptions> ParseTablesOptions(const std::string& which,
                                         const std::vector<std::string>& rest);

// Returns the exit status: 0, or 1 if a bar was missed.
int PrintTables(const TablesOptions& options);

}  // namespace shoal::table
