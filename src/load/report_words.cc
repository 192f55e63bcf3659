#include "load/report_words.h"

#include <algorithm>
#include <vector>

#include "load/figure_text.h"
#include "terminal/progress.h"

namespace shoal {
namespace {

std::string Counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return Grouped(count) + " " + (count == 1 ? one : many);
}

// "answered within 500 ms", "answered"
std::string AsPromised(const LoadReport& report) {
  if (report.deadline_seconds == 0) return "answered";
  return "answered within " + ChosenTimeText(report.deadline_seconds);
}

std::string AnsweredOf(const LoadReport& report) {
  std::string text = Grouped(report.good) + " of " +
                     Counted(report.offered, "request", "requests") + " " + AsPromised(report);
  if (report.ok > 0) text += ", p99 " + TimeText(report.latency.p99);
  return text;
}

std::size_t FailedThresholds(const LoadReport& report) {
  return static_cast<std::size_t>(
      std::ranges::count(report.thresholds, true, &JudgedThreshold::failed));
}

std::string FirstFailure(const LoadReport& report) {
  const auto first = std::ranges::find_if(report.thresholds, &JudgedThreshold::failed);
  if (first->measured.empty()) return "there is no " + first->figure;
  return first->figure + " " + first->measured + (first->fails_above ? " is over " : " is under ") +
         first->bound;
}

std::string FailureHeadline(const LoadReport& report) {
  const std::size_t others = FailedThresholds(report) - 1;
  std::string text = FirstFailure(report);
  if (others > 0)
    text += ", and " + Counted(others, "more threshold", "more thresholds") + " failed";
  return text;
}

// "a, b and c"
std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return text;
}

// What became of those that were not good.
std::string Rest(const LoadReport& report) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, const std::string& what) {
    if (count > 0) parts.push_back(Grouped(count) + " " + what);
  };
  const std::uint64_t wrong = report.ok - report.good - report.late;
  const auto were = [](std::uint64_t count) { return std::string(count == 1 ? "was " : "were "); };
  add(report.refused, were(report.refused) + "refused");
  add(report.late, "came too late");
  add(wrong, "held wrong vectors");
  add(report.failed, "failed");
  add(report.cancelled, were(report.cancelled) + "cancelled by the generator");
  return parts.empty() ? "None was refused, late or failed." : Joined(parts) + ".";
}

std::string Goodput(const LoadReport& report) {
  const double seconds = std::max(report.duration_seconds, 1e-6);
  const double offered = static_cast<double>(report.offered) / seconds;
  std::string text = "Over " + ChosenTimeText(report.duration_seconds) + ", " + RateText(offered) +
                     " requests a second were offered and " + RateText(report.goodput_per_second) +
                     " " + AsPromised(report) + ".";
  if (report.refused > 0 && report.refusal.p99 > 0) {
    text += " Refusals took " + TimeText(report.refusal.p50) + " at p50 and " +
            TimeText(report.refusal.p99) + " at p99.";
  }
  return text;
}

std::string Detail(const LoadReport& report) {
  std::string text = Rest(report) + " " + Goodput(report);
  if (report.retries > 0) {
    text += " " + Counted(report.retries, "retry was", "retries were") + " sent on top.";
  }
  return text;
}

std::string WrongExample(const LoadReport& report) {
  return report.wrong_example.empty() ? "" : "The first: " + report.wrong_example + ". ";
}

ReportWords Invalid(const LoadReport& report) {
  if (report.sent == 0) {
    return {ReportState::kInvalid, "no request was sent",
            "The schedule held none, or the run was stopped before the first."};
  }
  return {ReportState::kInvalid,
          ShareText(static_cast<double>(report.late_starts) / static_cast<double>(report.sent)) +
              " of the requests started late",
          "The generator sent them over 10 ms after their time; 1 % is accepted. What follows says "
          "as much about the machine that sent as about the server: give it a lower rate or "
          "cores of its own. " +
              AnsweredOf(report) + "."};
}

}  // namespace

std::string Name(ReportState state) {
  switch (state) {
    case ReportState::kPassed:
      return "Passed";
    case ReportState::kFailed:
      return "Failed";
    case ReportState::kInvalid:
      return "Not valid";
    case ReportState::kMeasured:
      return "Measured";
  }
  return "";
}

ReportWords WordsOf(const LoadReport& report) {
  if (report.sent == 0 || !report.valid) return Invalid(report);
  if (FailedThresholds(report) > 0) {
    return {ReportState::kFailed, FailureHeadline(report),
            AnsweredOf(report) + ". " + Detail(report)};
  }
  if (!report.ended_as.empty()) {
    return {ReportState::kFailed, "ended before its time, as " + report.ended_as,
            AnsweredOf(report) + ". " + Detail(report)};
  }
  if (report.wrong_vectors > 0) {
    return {ReportState::kFailed,
            Counted(report.wrong_vectors, "answer", "answers") + " held wrong vectors",
            AnsweredOf(report) + ". " + WrongExample(report) + Detail(report)};
  }
  if (report.good == 0) {
    return {
        ReportState::kFailed,
        "none of " + Counted(report.offered, "request", "requests") + " was " + AsPromised(report),
        Detail(report)};
  }
  const bool all = report.good + report.cancelled == report.offered;
  const bool passed = !report.thresholds.empty() || (report.deadline_seconds > 0 && all);
  return {passed ? ReportState::kPassed : ReportState::kMeasured, AnsweredOf(report),
          Detail(report)};
}

}  // namespace shoal
