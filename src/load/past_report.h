// A report of load that lies in a file, as LoadReport::Json wrote it: of version 1, which has good
// answers by the second alone, or 2, which has rows and says how the run was made. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "load/load_figures.h"

namespace shoal {

struct PastReport {
  std::string name;  // what messages call it
  LoadFigures figures;
  // By the name of a figure, its value in each whole second of the run that has one (of a count its
  // share of what was answered). Version 1 does not tell whether its last second was a whole one.
  std::map<std::string, std::vector<double>> seconds;
  // What the file says of how the run was made: "target", "seed", its options. None in version 1.
  std::map<std::string, std::string> run;
};

// INVALID_ARGUMENT: not such a report, and why.
Result<PastReport> ReadPastReport(std::string_view json, const std::string& name);

}  // namespace shoal
