// The report for people: one page of HTML that needs nothing else, no network and no program but a
// browser. It draws itself from the report's JSON, which it holds; what it comes to stands in it as
// text.
#pragma once

#include <string>

#include "load/load_report.h"

namespace shoal {

std::string ReportPage(const LoadReport& report);

}  // namespace shoal
