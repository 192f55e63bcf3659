#include "cli/version.h"

#include "cli/exit_code.h"
#include "cli/print.h"
#include "kernels/dispatch.h"

namespace shoal {
namespace {

// Those that this machine runs, the fastest first.
std::string KernelTables() {
  std::string names;
  for (const KernelTable* table : RunnableTables()) {
    names += (names.empty() ? "" : " ") + std::string(table->name);
  }
  return names;
}

}  // namespace

int RunVersion(const Invocation& invocation) {
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "version: takes no arguments");
  const std::string revision = SHOAL_REVISION;
  const Table table{.columns = {"NAME", "VALUE"},
                    .rows = {{"version", SHOAL_VERSION},
                             {"revision", revision.empty() ? "unknown" : revision},
                             {"kernels", KernelTables()}}};
  PrintTable(table, invocation.settings.Text("format"));
  return kExitOk;
}

}  // namespace shoal
