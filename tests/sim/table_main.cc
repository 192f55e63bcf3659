// The program that prints the performance tables, see table_run.h.
#include <cstdio>
#include <string>
#include <vector>

#include "table_run.h"

namespace shoal::table {
namespace {

int Main(const std::vector<std::string>& arguments) {
  if (arguments == std::vector<std::string>{"--help"}) {
    std::printf("usage: sim_table %s", kTablesUsage);
    return 0;
  }
  if (arguments.size() < 2 || arguments[0] != "--table") {
    std::fprintf(stderr, "sim_table: expected %s", kTablesUsage);
    return 2;
  }
  const Result<TablesOptions> options =
      ParseTablesOptions(arguments[1], {arguments.begin() + 2, arguments.end()});
  if (!options.ok()) {
    std::fprintf(stderr, "sim_table: %s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  return PrintTables(*options);
}

}  // namespace
}  // namespace shoal::table

int main(int argc, char** argv) { return shoal::table::Main({argv + 1, argv + argc}); }
