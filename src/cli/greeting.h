// What `shoal serve` tells a person at a terminal once it serves: where to look, where to ask, a
// call to try. Scripts have the ready file and the log for it.
#pragma once

#include <string>

#include "cli/server_setup.h"
#include "terminal/style.h"

namespace shoal {

// Pure. Ports that are off are left out.
std::string Greeting(const ReadyAddresses& addresses, const TerminalStyle& style);

// Writes it where stderr, else stdout, is a terminal, else nothing.
void GreetTerminal(const ReadyAddresses& addresses);

}  // namespace shoal
