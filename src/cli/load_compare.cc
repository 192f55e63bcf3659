#include "cli/load_compare.h"

#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/load_verdict.h"
#include "cli/print.h"
#include "load/compare.h"
#include "load/figure_text.h"
#include "terminal/table.h"

namespace shoal {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

Result<PastReport> ReadReport(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(path, kMostBytes));
  return ReadPastReport(json, path);
}

std::string SpreadText(const ComparedFigure& compared) {
  if (!compared.spread) return "not known";
  if (compared.a == 0) return FigureText(*compared.figure, *compared.spread);
  return ThreeDigits(*compared.spread / compared.a * 100) + " %";
}

Table TableOf(const Comparison& comparison) {
  Table table{.columns = {"FIGURE", "A", "B", "CHANGE", "SPREAD", "MARK"}, .rows = {}};
  for (const ComparedFigure& compared : comparison.figures) {
    const std::string mark = compared.mark == Mark::kWorse    ? "worse"
                             : compared.mark == Mark::kBetter ? "better"
                                                              : "";
    table.rows.push_back({std::string(compared.figure->name),
                          FigureText(*compared.figure, compared.a),
                          FigureText(*compared.figure, compared.b),
                          RelativeChangeText(compared.a, compared.b), SpreadText(compared), mark});
  }
  return table;
}

}  // namespace

int RunLoadCompare(const Invocation& invocation) {
  if (invocation.arguments.size() != 2) {
    return Fail(kExitUsage, "load compare: found " + std::to_string(invocation.arguments.size()) +
                                " files, accepted two reports: A.json B.json");
  }
  const Result<std::vector<Threshold>> thresholds = GivenThresholds(invocation.settings);
  if (!thresholds.ok()) return Fail(kExitUsage, thresholds.status().message());
  const Result<PastReport> a = ReadReport(invocation.arguments[0]);
  if (!a.ok()) return Fail(a.status());
  const Result<PastReport> b = ReadReport(invocation.arguments[1]);
  if (!b.ok()) return Fail(b.status());
  const Comparison comparison = Compare(*a, *b);
  const std::string& format = invocation.settings.Text("format");
  if (format == "json") {
    Print(ComparisonJson(comparison));
  } else {
    PrintTable(TableOf(comparison), format);
  }
  for (const std::string& note : comparison.notes) Warn(note);
  return FailFor("load compare", ChangeBreaches(*thresholds, *a, *b));
}

}  // namespace shoal
