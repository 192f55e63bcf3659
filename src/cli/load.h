// `shoal load`: traffic against a served endpoint, and what became of it.
#pragma once

#include <cstddef>

#include "cli/command.h"
#include "config/settings.h"

namespace shoal {

// As given, or what the scheme of --target has by default.
std::size_t LoadConnections(const Settings& settings);

int RunLoadCommand(const Invocation& invocation);

}  // namespace shoal
