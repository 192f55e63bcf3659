// The report for programs: one object of JSON, `version` 2, described in docs/load-report.md.
#pragma once

#include <string>

#include "load/load_report.h"

namespace shoal {

// Ends in a newline.
std::string ReportJson(const LoadReport& report);

}  // namespace shoal
