#include "cli/help.h"

#include "config/help.h"

#include "cli/exit_code.h"
#include "cli/print.h"

namespace shoal {

int RunHelp(const Invocation& invocation) {
  std::string name;
  for (const std::string& word : invocation.arguments) name += (name.empty() ? "" : " ") + word;
  if (name.empty()) {
    Print(HelpOverview());
    return kExitOk;
  }
  const CommandInfo* command = FindCommand(name);
  if (command == nullptr) {
    return Fail(kExitUsage, "there is no command " + name + "; shoal help lists them");
  }
  Print(HelpFor(*command));
  return kExitOk;
}

}  // namespace shoal
