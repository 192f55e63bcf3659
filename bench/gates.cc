// gates [--json FILE]: what must hold on this machine before a change of the kernels or the encoder
// goes in, measured with the real model. Prints a table; exit status 0: every gate that could be
// judged passed, 1: one fell short, 2: it could not run.
#include "bench/gates.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "base/file.h"
#include "process/cpu_affinity.h"

namespace shoal {
namespace {

std::string Machine() {
  std::string name = "unknown CPU";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) name = line.substr(colon + 2);
  }
  const Result<std::vector<int>> cores = AffinityCores();
  return name + ", " + (cores.ok() ? std::to_string(cores->size()) : "?") + " cores";
}

int Main(int argc, char** argv) {
  const bool to_json = argc == 3 && argv[1] == std::string_view("--json");
  if (argc != 1 && !to_json) {
    std::fprintf(stderr, "usage: gates [--json FILE]\n");
    return 2;
  }
  GateReport report;
  report.machine = Machine();
  const Result<Context> context = OpenContext(report);
  if (!context.ok()) {
    std::fprintf(stderr, "gates: %s\n", context.status().ToString().c_str());
    return 2;
  }
  for (const auto gate : {TileGate, ForwardGate, LanesGate, AllocationGate, InvarianceGate,
                          RecordedBytesGate, AccuracyGate}) {
    gate(*context, report);
  }
  std::fputs(report.ToText().c_str(), stdout);
  if (to_json) {
    const Status written = WriteFileAtomically(argv[2], report.ToJson());
    if (!written.ok()) {
      std::fprintf(stderr, "gates: %s\n", written.ToString().c_str());
      return 2;
    }
  }
  return report.passed() ? 0 : 1;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Main(argc, argv); }
