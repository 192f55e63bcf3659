#include "cli/version.h"

#include "cli/exit_code.h"
#include "cli/print.h"

namespace shoal {

int RunVersion(const Invocation& invocation) {
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "version: takes no arguments");
  const std::string revision = SHOAL_REVISION;
  const Table table{
      .columns = {"NAME", "VALUE"},
      .rows = {{"version", SHOAL_VERSION}, {"revision", revision.empty() ? "unknown" : revision}}};
  PrintTable(table, invocation.settings.Text("format"));
  return kExitOk;
}

}  // namespace shoal
