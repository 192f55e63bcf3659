// The report for spreadsheets: a row a second, under the names that JSON has.
#pragma once

#include <string>

#include "load/load_report.h"

namespace shoal {

// With a heading. Times in seconds, empty where no answer was OK.
std::string ReportCsv(const LoadReport& report);

}  // namespace shoal
