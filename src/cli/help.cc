#include "cli/help.h"

#include "config/help.h"

#include <cstdio>

#include "cli/exit_code.h"

namespace shoal {

int RunHelp(const Invocation& invocation) {
  std::string name;
  for (const std::string& word : invocation.arguments) name += (name.empty() ? "" : " ") + word;
  if (name.empty()) {
    std::fputs(HelpOverview().c_str(), stdout);
    return kExitOk;
  }
  const CommandInfo* command = FindCommand(name);
  if (command == nullptr) {
    return Fail(kExitUsage, "there is no command " + name + "; shoal help lists them");
  }
  std::fputs(HelpFor(*command).c_str(), stdout);
  return kExitOk;
}

}  // namespace shoal
