#include "load/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "json/writer.h"
#include "load/figure_text.h"

namespace shoal {
namespace {

constexpr double kSpreads = 3;  // one change in 400 is beyond it by chance
constexpr std::size_t kLeastSeconds = 5;

struct Moments {
  double mean;
  double variance_of_mean;
};
Moments MomentsOf(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  for (const double value : values) squares += (value - sum / count) * (value - sum / count);
  return {.mean = sum / count, .variance_of_mean = squares / (count - 1) / count};
}

std::optional<double> VarianceOf(const Figure& figure, const PastReport& report) {
  const auto found = report.seconds.find(std::string(figure.name));
  if (found != report.seconds.end() && found->second.size() >= kLeastSeconds) {
    return MomentsOf(found->second).variance_of_mean;
  }
  if (figure.kind != FigureKind::kCount) return std::nullopt;
  const double share = std::clamp(ShareOrValue(figure, report.figures), 0.0, 1.0);
  return share * (1 - share) / std::max(static_cast<double>(Judged(report.figures)), 1.0);
}

std::optional<double> SpreadOf(const Figure& figure, const PastReport& a, const PastReport& b) {
  const std::optional<double> of_a = VarianceOf(figure, a), of_b = VarianceOf(figure, b);
  if (!of_a || !of_b) return std::nullopt;
  return kSpreads * std::sqrt(*of_a + *of_b);
}

Mark MarkOf(const ComparedFigure& compared) {
  if (!compared.spread || std::abs(compared.b - compared.a) <= *compared.spread) return Mark::kNone;
  return (compared.b < compared.a) == compared.figure->less_is_better ? Mark::kBetter
                                                                      : Mark::kWorse;
}

// What is of one run alone and says nothing of another kind of run.
bool IsOfEveryRun(std::string_view key) {
  return key.starts_with("start_") || key == "command" || key == "fail-if";
}

std::string ValueAt(const PastReport& report, const std::string& key) {
  const auto found = report.run.find(key);
  return found == report.run.end() ? "nothing" : found->second.empty() ? "\"\"" : found->second;
}

void NoteRuns(const PastReport& a, const PastReport& b, std::vector<std::string>& notes) {
  if (a.run.empty() || b.run.empty()) {
    const std::string silent =
        a.run.empty() && b.run.empty() ? a.name + " and " + b.name : (a.run.empty() ? a : b).name;
    notes.push_back(silent + ": nothing in it says how the run was made (version 1)");
    return;
  }
  std::map<std::string, std::string> keys = a.run;
  keys.insert(b.run.begin(), b.run.end());
  for (const auto& [key, value] : keys) {
    const std::string of_a = ValueAt(a, key), of_b = ValueAt(b, key);
    if (IsOfEveryRun(key) || of_a == of_b) continue;
    notes.push_back("the runs differ in " + key + ": " + of_a + ", then " + of_b);
  }
}

void NoteValidity(const PastReport& report, std::vector<std::string>& notes) {
  if (!report.figures.valid) {
    notes.push_back(report.name + ": the generator lagged, so this run proves nothing");
  }
  if (report.figures.ok == 0) notes.push_back(report.name + ": no request was answered OK");
}

double ChangeOf(const Threshold& threshold, const LoadFigures& a, const LoadFigures& b) {
  const Figure& figure = *threshold.figure;
  return threshold.measure == Threshold::Measure::kChange
             ? figure.of(b) - figure.of(a)
             : RelativeChange(ShareOrValue(figure, a), ShareOrValue(figure, b));
}

std::optional<std::string> ChangeBreach(const Threshold& threshold, const PastReport& a,
                                        const PastReport& b) {
  const Figure& figure = *threshold.figure;
  for (const PastReport* report : {&a, &b}) {
    if (HasFigure(figure, report->figures)) continue;
    return threshold.text + ": " + report->name + " has no " + std::string(figure.name);
  }
  if (!IsMet(threshold, ChangeOf(threshold, a.figures, b.figures))) return std::nullopt;
  const double from = ShareOrValue(figure, a.figures), to = ShareOrValue(figure, b.figures);
  return threshold.text + ": found " + RelativeChangeText(from, to) + ", " +
         FigureText(figure, from) + " to " + FigureText(figure, to);
}

}  // namespace

double RelativeChange(double a, double b) {
  if (a == b) return 0;
  if (a == 0) return std::copysign(std::numeric_limits<double>::infinity(), b);
  return (b - a) / a;
}

std::string RelativeChangeText(double a, double b) {
  const double change = RelativeChange(a, b);
  if (!std::isfinite(change)) return "from 0";
  if (change == 0) return "0 %";
  return (change > 0 ? "+" : "") + ThreeDigits(change * 100) + " %";
}

Comparison Compare(const PastReport& a, const PastReport& b) {
  Comparison comparison;
  for (const Figure& figure : kFigures) {
    if (!HasFigure(figure, a.figures) || !HasFigure(figure, b.figures)) continue;
    ComparedFigure compared{.figure = &figure,
                            .a = ShareOrValue(figure, a.figures),
                            .b = ShareOrValue(figure, b.figures),
                            .spread = SpreadOf(figure, a, b)};
    if (compared.a == 0 && compared.b == 0 && figure.name != "errors") continue;
    compared.mark = MarkOf(compared);
    comparison.figures.push_back(compared);
  }
  NoteValidity(a, comparison.notes);
  NoteValidity(b, comparison.notes);
  NoteRuns(a, b, comparison.notes);
  if (a.figures.offered != b.figures.offered) {
    comparison.notes.push_back("the runs offered " + std::to_string(a.figures.offered) + ", then " +
                               std::to_string(b.figures.offered) + " requests");
  }
  return comparison;
}

std::vector<std::string> ChangeBreaches(const std::vector<Threshold>& thresholds,
                                        const PastReport& a, const PastReport& b) {
  std::vector<Threshold> of_b;
  std::vector<std::string> breaches;
  for (const Threshold& threshold : thresholds) {
    if (!threshold.of_change()) {
      of_b.push_back(threshold);
    } else if (auto breach = ChangeBreach(threshold, a, b)) {
      breaches.push_back(*std::move(breach));
    }
  }
  const bool any_change = of_b.size() < thresholds.size();
  for (const PastReport* report : {&a, &b}) {
    if (!any_change || report->figures.valid) continue;
    breaches.push_back(report->name + ": the generator lagged, so this run proves nothing");
  }
  for (std::string& breach : Breaches(of_b, b.figures)) breaches.push_back(std::move(breach));
  return breaches;
}

std::string ComparisonJson(const Comparison& comparison) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("version").Int(1).Key("figures").BeginArray();
  for (const ComparedFigure& compared : comparison.figures) {
    json.BeginObject().Key("figure").String(compared.figure->name);
    json.Key("a").Double(compared.a).Key("b").Double(compared.b).Key("spread");
    compared.spread ? json.Double(*compared.spread) : json.Null();
    json.Key("mark").String(compared.mark == Mark::kWorse    ? "worse"
                            : compared.mark == Mark::kBetter ? "better"
                                                             : "");
    json.EndObject();
  }
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : comparison.notes) json.String(note);
  json.EndArray().EndObject();
  return text + "\n";
}

}  // namespace shoal
