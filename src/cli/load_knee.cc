// A step must find the server as the one before did: between two of them a lone caller asks until
// it is answered about as fast as before the first.
#include "cli/load_knee.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "json/writer.h"
#include "load/figure_text.h"
#include "load/knee.h"
#include "terminal/table.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kCapacityCallers = 64;
constexpr milliseconds kCapacityTime{2'000};
constexpr double kFirstShare = 0.1;  // of the closed loop's rate
constexpr milliseconds kProbeTime{200};
constexpr int kMostProbes = 100;
constexpr double kSlowerAtRest = 2;
constexpr double kRestSlack = 0.002;  // seconds

struct KneeStep {
  double rate;
  StepOutcome outcome;
  std::vector<std::string> breaches;
  LoadFigures figures;
};

std::vector<std::string> CellsOf(const KneeStep& step) {
  const auto cell = [&step](std::string_view name) {
    const Figure& figure = *FindFigure(name);
    if (!HasFigure(figure, step.figures)) return std::string("-");
    return FigureText(figure, ShareOrValue(figure, step.figures));
  };
  return {ThreeDigits(step.rate),
          std::string(Name(step.outcome)),
          cell("rate"),
          cell("goodput"),
          cell("p50"),
          cell("p99"),
          cell("errors"),
          step.breaches.empty() ? "" : step.breaches[0]};
}

// In columns that are known before their rows are.
std::string AlignedRow(const std::vector<std::string>& cells) {
  constexpr std::array<std::size_t, 7> kWidths = {9, 9, 10, 10, 10, 10, 10};
  std::string line;
  for (std::size_t i = 0; i < kWidths.size(); ++i) {
    line +=
        cells[i] + std::string(std::max(kWidths[i], cells[i].size() + 1) - cells[i].size(), ' ');
  }
  line += cells.back();
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

const std::vector<std::string> kColumns = {"RATE", "OUTCOME", "GOOD/S", "GOODPUT",
                                           "P50",  "P99",     "ERRORS", "WHY"};

void Show(const std::string& format, const std::vector<std::string>& cells) {
  if (format == "json") {
    std::fputs(AlignedRow(cells).c_str(), stderr);
  } else if (format == "plain") {
    Print(PlainTable({.columns = kColumns, .rows = {cells}}));
  } else {
    Print(AlignedRow(cells));
  }
  std::fflush(nullptr);
}

std::string Sentence(const KneeSearch& search, const std::vector<KneeStep>& steps) {
  const std::string knee = ThreeDigits(search.knee()) + " requests/s";
  switch (search.limit()) {
    case KneeLimit::kThreshold:
      return "The knee is " + knee + "; " + ThreeDigits(*search.failing()) + " are too many.";
    case KneeLimit::kGenerator:
      return "The knee is at least " + knee + "; " + ThreeDigits(*search.failing()) +
             " cannot be offered from here: the generator lagged.";
    case KneeLimit::kHighest:
      return "There is no knee up to " + knee + ", the highest rate to try (--rate-max).";
    case KneeLimit::kNone:
      return "There is no knee: " + ThreeDigits(steps.back().rate) +
             " requests/s, the lowest rate that was tried, are too many.";
  }
  CHECK(false, "a search has a limit");
}

std::string KneeJson(const KneeSearch& search, const std::vector<Threshold>& thresholds,
                     const std::vector<KneeStep>& steps) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("version").Int(1).Key("knee").Double(search.knee()).Key("fails_at");
  search.failing() ? json.Double(*search.failing()) : json.Null();
  json.Key("limit").String(Name(search.limit())).Key("fail_if").BeginArray();
  for (const Threshold& threshold : thresholds) json.String(threshold.text);
  json.EndArray().Key("steps").BeginArray();
  for (const KneeStep& step : steps) {
    json.BeginObject().Key("rate").Double(step.rate).Key("outcome").String(Name(step.outcome));
    json.Key("breaches").BeginArray();
    for (const std::string& breach : step.breaches) json.String(breach);
    json.EndArray().Key("figures").BeginObject();
    for (const Figure& figure : kFigures) {
      json.Key(figure.name).Double(ShareOrValue(figure, step.figures));
    }
    json.EndObject().EndObject();
  }
  json.EndArray().EndObject();
  return text + "\n";
}

LoadPlan ClosedLoop(LoadPlan plan, std::size_t callers, milliseconds duration) {
  plan.rate = 0;
  plan.concurrency = callers;
  plan.duration = std::min<std::chrono::microseconds>(plan.duration, duration);
  plan.warmup = {};
  return plan;
}

// Seconds that a lone caller waits, half of the time; nothing: it is not answered.
std::optional<double> LoneLatency(const LoadPlan& plan, const RunPlan& run) {
  const Result<LoadReport> probe = run(ClosedLoop(plan, 1, kProbeTime), false);
  if (!probe.ok() || probe->ok == 0) return std::nullopt;
  return probe->latency.p50;
}

void AwaitRest(const LoadPlan& plan, std::optional<double> before, const RunPlan& run) {
  if (!before) return;  // nobody knows how it rests
  for (int probe = 0; probe < kMostProbes && InterruptSignal() == 0; ++probe) {
    const std::optional<double> now = LoneLatency(plan, run);
    if (now && *now <= *before * kSlowerAtRest + kRestSlack) return;
  }
  if (InterruptSignal() == 0) {
    Warn("load: a lone caller still waits longer than before the first step; the next step begins");
  }
}

// A tenth of what callers who wait for their answers get.
Result<double> FirstRate(const LoadPlan& plan, const RunPlan& run) {
  ASSIGN_OR_RETURN(const LoadReport report,
                   run(ClosedLoop(plan, kCapacityCallers, kCapacityTime), false));
  if (report.goodput_per_second > 0) {
    return RoundRate(std::max(report.goodput_per_second * kFirstShare, 1.0));
  }
  std::string verdicts;
  for (const auto& [verdict, count] : report.verdicts) {
    verdicts += (verdicts.empty() ? "" : ", ") + std::to_string(count) + " " + verdict;
  }
  return FailedPreconditionError("load: " + std::to_string(kCapacityCallers) +
                                 " callers got no good answer (" + verdicts +
                                 "), so no rate to begin with is known; --rate names one");
}

Result<KneeStep> Step(LoadPlan plan, double rate, const std::vector<Threshold>& thresholds,
                      const RunPlan& run) {
  plan.rate = rate;
  plan.concurrency = 0;
  ASSIGN_OR_RETURN(const LoadReport report, run(plan, true));
  KneeStep step{.rate = rate, .figures = FiguresOf(report)};
  step.breaches = Breaches(thresholds, step.figures);
  if (step.breaches.empty() && !report.ended_as.empty()) {
    step.breaches.push_back(report.ended_as);
  }
  step.outcome = !step.figures.valid     ? StepOutcome::kInvalid
                 : step.breaches.empty() ? StepOutcome::kPassed
                                         : StepOutcome::kFailed;
  return step;
}

}  // namespace

int FindKnee(const Settings& settings, const LoadPlan& plan,
             const std::vector<Threshold>& thresholds, const RunPlan& run,
             const std::function<Status(const std::string& json)>& write) {
  const std::string& format = settings.Text("format");
  const auto highest = settings.Number("rate-max");
  const std::optional<double> lone = LoneLatency(plan, run);
  const Result<double> first = plan.rate > 0 ? Result<double>(plan.rate) : FirstRate(plan, run);
  if (InterruptSignal() != 0) return InterruptExitCode();
  if (!first.ok()) return Fail(kExitFailed, first.status().message());
  KneeSearch search(std::min(*first, highest), highest);
  std::vector<KneeStep> steps;
  if (format != "plain") Show(format, kColumns);
  while (const std::optional<double> rate = search.NextRate()) {
    AwaitRest(plan, lone, run);
    Result<KneeStep> step = Step(plan, *rate, thresholds, run);
    if (InterruptSignal() != 0) return InterruptExitCode();
    if (!step.ok()) return Fail(step.status().At("load"));
    search.Take(step->outcome);
    Show(format, CellsOf(*step));
    steps.push_back(*std::move(step));
  }
  const std::string json = KneeJson(search, thresholds, steps);
  Print(format == "json"    ? json
        : format == "plain" ? "knee\t" + ThreeDigits(search.knee()) + "\n"
                            : Sentence(search, steps) + "\n");
  const Status written = write(json);
  if (!written.ok()) return Fail(written);
  if (search.limit() != KneeLimit::kNone) return kExitOk;
  return Fail(kExitThreshold, "load failed: " + Sentence(search, steps));
}

}  // namespace shoal
