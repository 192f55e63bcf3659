// gates [--json FILE] [GATE...]: what must hold on this machine before a change of the kernels or
// the encoder goes in, measured with the real model; all gates, or those named. Prints a table;
// exit status 0: every gate that could be judged passed, 1: one fell short, 2: it could not run.
#include "bench/gates.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

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

struct NamedGate {
  std::string_view name;
  void (*run)(const Context&, GateReport&);
};

constexpr NamedGate kGates[] = {{"tile", TileGate},
                                {"forward", ForwardGate},
                                {"lanes", LanesGate},
                                {"allocations", AllocationGate},
                                {"invariance", InvarianceGate},
                                {"bytes", RecordedBytesGate},
                                {"accuracy", AccuracyGate}};

struct Options {
  std::string json_file;            // empty: none
  std::vector<std::string> chosen;  // empty: all gates
};

Result<Options> Parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto is_it = [&](const NamedGate& gate) { return gate.name == argument; };
    if (argument == "--json" && i + 1 < arguments.size()) {
      options.json_file = arguments[++i];
    } else if (std::any_of(std::begin(kGates), std::end(kGates), is_it)) {
      options.chosen.push_back(argument);
    } else {
      std::string names;
      for (const NamedGate& gate : kGates) names += " " + std::string(gate.name);
      return InvalidArgumentError("found \"" + argument + "\", expected --json FILE or of" + names);
    }
  }
  return options;
}

Result<GateReport> Run(const Options& options) {
  GateReport report;
  report.machine = Machine();
  ASSIGN_OR_RETURN(const Context context, OpenContext(report));
  for (const NamedGate& gate : kGates) {
    const auto& chosen = options.chosen;
    if (chosen.empty() || std::find(chosen.begin(), chosen.end(), gate.name) != chosen.end()) {
      gate.run(context, report);
    } else {
      report.not_run.push_back(std::string(gate.name) + ": not asked for");
    }
  }
  std::fputs(report.ToText().c_str(), stdout);
  if (!options.json_file.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(options.json_file, report.ToJson()));
  }
  return report;
}

int Main(int argc, char** argv) {
  const Result<Options> options = Parse({argv + 1, argv + argc});
  const Result<GateReport> report = options.ok() ? Run(*options) : options.status();
  if (!report.ok()) {
    std::fprintf(stderr, "gates: %s\n", report.status().ToString().c_str());
    return 2;
  }
  return report->passed() ? 0 : 1;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Main(argc, argv); }
