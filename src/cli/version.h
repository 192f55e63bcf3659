// shoal version: what this binary is, for people and for bug reports.
#pragma once

#include "cli/command.h"
#include "terminal/table.h"

namespace shoal {

Table VersionTable();

int RunVersion(const Invocation& invocation);

}  // namespace shoal
