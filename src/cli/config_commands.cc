#include "cli/config_commands.h"

#include <cstdio>

#include "cli/exit_code.h"
#include "cli/print.h"

namespace shoal {
namespace {

// Names of commands are bits, also of those that this binary shows only settings of.
CommandSet BitOf(const std::string& name) {
  const CommandInfo* command = FindCommand(name);
  return command == nullptr ? 0 : command->bit;
}

}  // namespace

int RunConfigShow(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) {
    return Fail(kExitUsage, "config show: takes at most one command");
  }
  CommandSet command = 0;
  if (!invocation.arguments.empty()) {
    command = BitOf(invocation.arguments[0]);
    if (command == 0) {
      return Fail(kExitUsage, "config show: there is no command " + invocation.arguments[0]);
    }
  }
  Table table{.columns = {"NAME", "VALUE", "FROM"}, .rows = {}};
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    const Setting* setting = invocation.settings.Find(i);
    if (setting == nullptr || option.reach != Reach::kEverywhere) continue;
    if (command != 0 && !Takes(command, option)) continue;
    std::string value = JoinedValues(*setting);
    if (setting->origin == Origin::kDefault) value = DefaultFor(command, option);
    table.rows.push_back({FileKey(option), value, setting->place});
  }
  PrintTable(table, invocation.settings.Text("format"));
  return kExitOk;
}

int RunConfigCheck(const Invocation& invocation) {
  if (!invocation.arguments.empty()) {
    return Fail(kExitUsage, "config check: takes no arguments; name the file with --config");
  }
  if (!invocation.settings.warnings().empty()) return kExitConfiguration;  // Dispatch printed them
  const std::string& file = invocation.settings.Text("config");
  std::fprintf(stderr, "%s\n",
               file.empty() ? "flags and environment are valid"
                            : (file + ", flags and environment are valid").c_str());
  return kExitOk;
}

}  // namespace shoal
