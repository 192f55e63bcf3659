// How a load run was made, for its report: the program, the machine, the options, and a line that
// does it again; and what the server said of it meanwhile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "config/settings.h"
#include "load/load_report.h"
#include "top/snapshot_reader.h"

namespace shoal {

// A word of a shell's command line: in quotes where it needs them.
std::string ShellWord(std::string_view text);

// Fills `facts` but for the seed and the start, which the run itself knows.
void AddFacts(const Settings& settings, const ServiceInfo& server, RunFacts& facts);

// Those seconds of the server that lie in the run, and its events but for batches that were late.
void AddServer(const std::vector<ShownSecond>& seconds, const std::vector<ShownEvent>& events,
               LoadReport& report);

// Asks --operator, where there is one, and adds what it says.
Status AskServer(const Settings& settings, LoadReport& report);

}  // namespace shoal
