#include "cli/version.h"

#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/server_setup.h"
#include "kernels/dispatch.h"

namespace shoal {
namespace {

std::string KernelTables() {
  std::string names;
  for (const KernelTable* table : RunnableTables()) {
    names += (names.empty() ? "" : " ") + std::string(table->name);
  }
  return names;
}

}  // namespace

Table VersionTable() {
  const std::string revision(Revision());
  return {.columns = {"NAME", "VALUE"},
          .rows = {{"version", std::string(Version())},
                   {"revision", revision.empty() ? "unknown" : revision},
                   {"kernels", KernelTables()}}};
}

int RunVersion(const Invocation& invocation) {
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "version: takes no arguments");
  PrintTable(VersionTable(), invocation.settings.Text("format"));
  return kExitOk;
}

}  // namespace shoal
