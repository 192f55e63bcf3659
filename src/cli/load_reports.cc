#include "cli/load_reports.h"

#include <array>
#include <optional>
#include <utility>

#include "load/report_csv.h"
#include "load/report_json.h"
#include "load/report_page.h"

namespace shoal {
namespace {

struct FormName {
  ReportForm form;
  std::string_view ending;
  std::string (*write)(const LoadReport& report);
};
constexpr std::array kForms = {FormName{ReportForm::kJson, ".json", ReportJson},
                               FormName{ReportForm::kCsv, ".csv", ReportCsv},
                               FormName{ReportForm::kHtml, ".html", ReportPage}};

std::optional<ReportForm> FormOf(const std::string& name) {
  for (const FormName& form : kForms) {
    if (name.ends_with(form.ending)) return form.form;
  }
  return std::nullopt;
}

std::string TextIn(ReportForm form, const LoadReport& report) {
  for (const FormName& name : kForms) {
    if (name.form == form) return name.write(report);
  }
  CHECK(false, "a form has a row");
}

Status WriteOne(ReportFile& to, const std::string& text) {
  RETURN_IF_ERROR(to.file.Append(text));
  return to.file.Commit();
}

// One that fails does not keep the others from being written.
template <typename TextOf>
Status WriteAll(std::vector<ReportFile>& files, const TextOf& text_of) {
  Status first;
  for (ReportFile& file : files) {
    const Status written = WriteOne(file, text_of(file.form));
    if (first.ok()) first = written;
  }
  return first;
}

}  // namespace

Result<std::vector<ReportFile>> OpenReports(const std::vector<std::string>& names) {
  std::vector<ReportFile> files;
  for (const std::string& name : names) {
    if (name.empty()) continue;
    ASSIGN_OR_RETURN(const OutputTarget target, FindOutputTarget(name, -1));
    const std::optional<ReportForm> form = FormOf(name);
    if (name == "-" || (!form && !target.is_stream())) {
      return InvalidArgumentError("found \"" + name +
                                  "\", accepted NAME.json, NAME.csv or NAME.html");
    }
    ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(target));
    files.push_back({form.value_or(ReportForm::kJson), std::move(file)});
  }
  return files;
}

Result<std::vector<ReportFile>> OpenKneeReports(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (FormOf(name).value_or(ReportForm::kJson) == ReportForm::kJson) continue;
    return InvalidArgumentError("found \"" + name + "\", accepted with --find-knee NAME.json");
  }
  return OpenReports(names);
}

Status WriteReports(std::vector<ReportFile>& files, const LoadReport& report) {
  return WriteAll(files, [&report](ReportForm form) { return TextIn(form, report); });
}

Status WriteJson(std::vector<ReportFile>& files, const std::string& json) {
  return WriteAll(files, [&json](ReportForm) { return json; });
}

}  // namespace shoal
