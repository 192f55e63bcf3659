// Where a load run's report goes besides stdout: the files of --output, each in the form that its
// name says.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "embed/output_file.h"
#include "load/load_report.h"

namespace shoal {

enum class ReportForm { kJson, kCsv, kHtml };

struct ReportFile {
  ReportForm form = ReportForm::kJson;
  OutputFile file;
};

// All are opened before the load. A pipe or device whose name ends in none of the forms' takes
// JSON. Empty names are none.
Result<std::vector<ReportFile>> OpenReports(const std::vector<std::string>& names);
// The same of --find-knee, whose steps are told in JSON alone.
Result<std::vector<ReportFile>> OpenKneeReports(const std::vector<std::string>& names);

// Each whole. The first error, once all were tried.
Status WriteReports(std::vector<ReportFile>& files, const LoadReport& report);
Status WriteJson(std::vector<ReportFile>& files, const std::string& json);

}  // namespace shoal
