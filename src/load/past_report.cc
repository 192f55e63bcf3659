#include "load/past_report.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "json/value.h"
#include "load/figure_text.h"

namespace shoal {
namespace {

constexpr std::size_t kMostValues = 10'000'000;  // a week by the second
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Result<std::uint64_t> Count(const JsonValue& object, std::string_view key) {
  ASSIGN_OR_RETURN(const std::int64_t count, object.GetInt(key, 0, kMost));
  return static_cast<std::uint64_t>(count);
}

Result<Percentiles> Times(const JsonValue& times) {
  Percentiles read;
  ASSIGN_OR_RETURN(read.p50, times.GetDouble("p50"));
  ASSIGN_OR_RETURN(read.p90, times.GetDouble("p90"));
  read.p95 = std::numeric_limits<double>::quiet_NaN();  // version 1 does not have it
  if (times.Find("p95")) {
    ASSIGN_OR_RETURN(read.p95, times.GetDouble("p95"));
  }
  ASSIGN_OR_RETURN(read.p99, times.GetDouble("p99"));
  ASSIGN_OR_RETURN(read.p999, times.GetDouble("p999"));
  ASSIGN_OR_RETURN(read.max, times.GetDouble("max"));
  return read;
}

Result<Percentiles> TimesAt(const JsonValue& object, std::string_view key) {
  ASSIGN_OR_RETURN(const JsonValue times, object.Get(key));
  return Times(times);
}

// Version 1 has them by the code alone.
Status CountVerdicts(const JsonValue& report, LoadFigures& to) {
  ASSIGN_OR_RETURN(const JsonValue verdicts, report.Get("verdicts"));
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, verdicts.Members());
  for (const JsonMember& verdict : members) {
    ASSIGN_OR_RETURN(const std::int64_t count, verdict.value.AsInt(0, kMost));
    const bool refused = verdict.key == "resource_exhausted" || verdict.key == "unavailable";
    std::uint64_t& kind = refused ? to.refused : to.failed;
    if (verdict.key != "ok") kind += static_cast<std::uint64_t>(count);
  }
  to.late = to.ok - std::min(to.ok, to.good + to.wrong_vectors);
  return {};
}

Status ReadVerdicts(const JsonValue& report, LoadFigures& to) {
  ASSIGN_OR_RETURN(to.late, Count(report, "late"));
  ASSIGN_OR_RETURN(to.refused, Count(report, "refused"));
  ASSIGN_OR_RETURN(to.failed, Count(report, "failed"));
  ASSIGN_OR_RETURN(to.cancelled, Count(report, "cancelled"));
  return {};
}

Result<LoadFigures> Figures(const JsonValue& report) {
  LoadFigures read;
  ASSIGN_OR_RETURN(read.offered, Count(report, "offered"));
  ASSIGN_OR_RETURN(read.late_starts, Count(report, "late_starts"));
  ASSIGN_OR_RETURN(read.ok, Count(report, "ok"));
  ASSIGN_OR_RETURN(read.good, Count(report, "good"));
  ASSIGN_OR_RETURN(read.wrong_vectors, Count(report, "wrong_vectors"));
  RETURN_IF_ERROR(report.Find("late") ? ReadVerdicts(report, read) : CountVerdicts(report, read));
  ASSIGN_OR_RETURN(read.goodput_per_second, report.GetDouble("goodput_per_second"));
  ASSIGN_OR_RETURN(read.texts_per_second, report.GetDouble("texts_per_second"));
  ASSIGN_OR_RETURN(read.tokens_per_second, report.GetDouble("tokens_per_second"));
  ASSIGN_OR_RETURN(read.latency, TimesAt(report, "latency_seconds"));
  ASSIGN_OR_RETURN(read.service, TimesAt(report, "service_seconds"));
  ASSIGN_OR_RETURN(read.refusal, TimesAt(report, "refusal_seconds"));
  ASSIGN_OR_RETURN(read.valid, report.GetBool("valid"));
  return read;
}

void AddShares(const std::map<std::string, double>& counts, PastReport& report) {
  const double answered = counts.at("ok") + counts.at("refused") + counts.at("failed");
  if (answered == 0) return;
  for (const char* name : {"ok", "refused", "failed", "late"}) {
    report.seconds[name].push_back(counts.at(name) / answered);
  }
  report.seconds["goodput"].push_back(counts.at("good") / answered);
  report.seconds["errors"].push_back((counts.at("refused") + counts.at("failed")) / answered);
}

// One second of version 2.
Status AddRow(const JsonValue& row, PastReport& report) {
  std::map<std::string, double> counts;
  for (const char* key : {"ok", "good", "late", "refused", "failed", "texts"}) {
    ASSIGN_OR_RETURN(counts[key], row.GetDouble(key));
  }
  report.seconds["rate"].push_back(counts["good"]);
  report.seconds["texts_per_second"].push_back(counts["texts"]);
  AddShares(counts, report);
  if (counts["ok"] == 0) return Status();
  ASSIGN_OR_RETURN(const Percentiles latency, TimesAt(row, "latency_seconds"));
  report.seconds["p50"].push_back(latency.p50);
  report.seconds["p90"].push_back(latency.p90);
  report.seconds["p95"].push_back(latency.p95);
  report.seconds["p99"].push_back(latency.p99);
  report.seconds["p999"].push_back(latency.p999);
  report.seconds["max"].push_back(latency.max);
  return Status();
}

Status AddSeconds(const JsonValue& root, PastReport& report) {
  ASSIGN_OR_RETURN(const JsonValue per_second, root.Get("per_second"));
  ASSIGN_OR_RETURN(std::vector<JsonValue> seconds, per_second.Elements());
  std::size_t whole = seconds.size() - std::min<std::size_t>(seconds.size(), 1);
  if (root.Find("duration_seconds")) {
    ASSIGN_OR_RETURN(const double duration, root.GetDouble("duration_seconds"));
    whole = static_cast<std::size_t>(std::clamp(duration, 0.0, static_cast<double>(whole + 1)));
  }
  seconds.resize(std::min(whole, seconds.size()), root);
  for (const JsonValue& second : seconds) {
    if (second.is_object()) {
      RETURN_IF_ERROR(AddRow(second, report));
      continue;
    }
    ASSIGN_OR_RETURN(const double good, second.AsDouble());
    report.seconds["rate"].push_back(good);
  }
  return Status();
}

std::string TextOf(const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::kString:
      return *value.AsString();
    case JsonValue::Type::kBool:
      return *value.AsBool() ? "true" : "false";
    case JsonValue::Type::kInteger:
      return std::to_string(*value.AsInt(std::numeric_limits<std::int64_t>::min(), kMost));
    case JsonValue::Type::kNumber:
      return ThreeDigits(*value.AsDouble());
    case JsonValue::Type::kNull:
    case JsonValue::Type::kArray:
    case JsonValue::Type::kObject:
      return "";
  }
  CHECK(false, "a value has a type");
}

void AddRun(const JsonValue& value, const std::string& key, PastReport& report) {
  if (value.is_object()) {
    const Result<std::vector<JsonMember>> members = value.Members();
    for (const JsonMember& member : *members) AddRun(member.value, member.key, report);
  } else if (value.is_array()) {
    const Result<std::vector<JsonValue>> elements = value.Elements();
    std::string list;
    for (const JsonValue& element : *elements) list += (list.empty() ? "" : ", ") + TextOf(element);
    report.run.emplace(key, list);
  } else {
    report.run.emplace(key, TextOf(value));
  }
}

}  // namespace

Result<PastReport> ReadPastReport(std::string_view json, const std::string& name) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   ParseJson(json, {.name = name, .max_values = kMostValues}));
  ASSIGN_OR_RETURN(const std::int64_t version, root.GetInt("version", 0, kMost));
  if (version != 1 && version != 2) {
    return InvalidArgumentError(name + ": found a report of version " + std::to_string(version) +
                                ", accepted 1 and 2");
  }
  PastReport report{.name = name};
  ASSIGN_OR_RETURN(report.figures, Figures(root));
  RETURN_IF_ERROR(AddSeconds(root, report));
  if (const std::optional<JsonValue> run = root.Find("run")) AddRun(*run, "", report);
  return report;
}

}  // namespace shoal
