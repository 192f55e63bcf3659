#include "cli/load_verdict.h"

#include <utility>

#include "cli/exit_code.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

std::vector<Threshold> KneeThresholds() {
  return {*ParseThreshold("p99>100ms"), *ParseThreshold("errors>0.1%")};
}

}  // namespace

Result<std::vector<Threshold>> GivenThresholds(const Settings& settings) {
  std::vector<Threshold> thresholds;
  for (const std::string& text : settings.List("fail-if")) {
    Result<Threshold> threshold = ParseThreshold(text);
    if (!threshold.ok()) return threshold.status().At("--fail-if");
    thresholds.push_back(*std::move(threshold));
  }
  return thresholds;
}

Result<std::vector<Threshold>> RunThresholds(const Settings& settings) {
  ASSIGN_OR_RETURN(std::vector<Threshold> thresholds, GivenThresholds(settings));
  for (const Threshold& threshold : thresholds) {
    if (!threshold.of_change()) continue;
    return InvalidArgumentError("--fail-if: found \"" + threshold.text +
                                "\", a change, which is one between two reports; accepted without "
                                "a sign");
  }
  if (settings.Switch("find-knee") && thresholds.empty()) return KneeThresholds();
  if (settings.Switch("abort-on-fail") && thresholds.empty()) {
    return InvalidArgumentError("--abort-on-fail: found no --fail-if, accepted with one");
  }
  return thresholds;
}

int FailFor(std::string_view command, const std::vector<std::string>& breaches) {
  for (const std::string& breach : breaches) {
    Fail(kExitThreshold, std::string(command) + " failed: " + breach);
  }
  return breaches.empty() ? kExitOk : kExitThreshold;
}

int VerdictOn(const LoadReport& report, const std::vector<Threshold>& thresholds) {
  std::vector<std::string> breaches;
  if (!report.ended_as.empty()) {
    breaches.push_back("ended before its time, as " + report.ended_as);
  }
  for (std::string& breach : Breaches(thresholds, FiguresOf(report))) {
    breaches.push_back(std::move(breach));
  }
  return FailFor("load", breaches);
}

RunJudge::RunJudge(const std::vector<Threshold>& thresholds, const LoadPlan& plan)
    : thresholds_(thresholds),
      duration_(plan.duration),
      tally_(plan.deadline),
      next_look_(kLookEvery) {}

void RunJudge::Take(const LoadProgress& progress) {
  for (const LoadSample& sample : progress.answers) tally_.Add(sample);
  if (breach_ || progress.elapsed < next_look_ || progress.elapsed >= duration_) return;
  next_look_ = progress.elapsed + kLookEvery;
  breach_ = BreachSoFar(thresholds_, tally_.Read(progress.elapsed), progress.elapsed);
}

}  // namespace shoal
