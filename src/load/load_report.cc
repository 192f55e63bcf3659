#include "load/load_report.h"

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "json/writer.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kLateStart{10'000};
constexpr double kMostLateStarts = 0.01;

double Seconds(microseconds time) { return std::chrono::duration<double>(time).count(); }

void Write(JsonWriter& json, const Percentiles& percentiles) {
  json.BeginObject();
  json.Key("p50").Double(percentiles.p50).Key("p90").Double(percentiles.p90);
  json.Key("p99").Double(percentiles.p99).Key("p999").Double(percentiles.p999);
  json.Key("max").Double(percentiles.max).EndObject();
}

}  // namespace

bool IsLateStart(const LoadSample& sample) { return sample.sent - sample.intended > kLateStart; }

std::string LowerName(StatusCode code) { return AsciiLower(Name(code)); }

Percentiles PercentilesOf(std::vector<microseconds>& times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(times.size())));
    return Seconds(times[std::max<std::size_t>(rank, 1) - 1]);
  };
  return {.p50 = at(0.5),
          .p90 = at(0.9),
          .p99 = at(0.99),
          .p999 = at(0.999),
          .max = Seconds(times.back())};
}

LoadReport Summarise(const std::vector<LoadSample>& samples, const LoadShape& shape) {
  LoadReport report{.offered = shape.offered, .sent = samples.size()};
  report.per_second.resize(static_cast<std::size_t>(std::ceil(Seconds(shape.duration))));
  std::vector<microseconds> latency, service, refusal;
  std::uint64_t in_time = 0, texts = 0, tokens = 0;
  for (const LoadSample& sample : samples) {
    report.late_starts += IsLateStart(sample);
    report.attempts += sample.attempts;
    report.cancelled += sample.cancelled;
    ++report.verdicts[LowerName(sample.code)];
    if (sample.code == StatusCode::kResourceExhausted) {
      refusal.push_back(sample.answered - sample.sent);
    }
    if (sample.code != StatusCode::kOk) continue;
    ++report.ok;
    report.validated += sample.validated;
    latency.push_back(sample.answered - sample.intended);
    service.push_back(sample.answered - sample.sent);
    report.wrong_vectors += sample.wrong;
    const bool kept = shape.deadline == microseconds(0) || latency.back() <= shape.deadline;
    if (sample.wrong || !kept) continue;
    ++report.good;
    if (sample.answered >= shape.duration) continue;
    ++in_time;
    texts += sample.texts;
    tokens += sample.tokens;
    ++report.per_second[static_cast<std::size_t>(Seconds(sample.answered))];
  }
  const double seconds = std::max(Seconds(shape.duration), 1e-6);
  report.goodput_per_second = static_cast<double>(in_time) / seconds;
  report.retries = report.attempts - report.sent;
  report.texts_per_second = static_cast<double>(texts) / seconds;
  report.tokens_per_second = static_cast<double>(tokens) / seconds;
  report.latency = PercentilesOf(latency);
  report.service = PercentilesOf(service);
  report.refusal = PercentilesOf(refusal);
  report.valid = static_cast<double>(report.late_starts) <=
                 kMostLateStarts * static_cast<double>(samples.size());
  return report;
}

std::string LoadReport::Json() const {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("version").Int(1);
  json.Key("offered").UInt(offered).Key("sent").UInt(sent).Key("late_starts").UInt(late_starts);
  json.Key("ok").UInt(ok).Key("good").UInt(good).Key("wrong_vectors").UInt(wrong_vectors);
  json.Key("cancelled").UInt(cancelled).Key("attempts").UInt(attempts);
  json.Key("retries").UInt(retries).Key("validated").UInt(validated);
  json.Key("wrong_example").String(wrong_example);
  json.Key("verdicts").BeginObject();
  for (const auto& [verdict, count] : verdicts) json.Key(verdict).UInt(count);
  json.EndObject();
  json.Key("goodput_per_second").Double(goodput_per_second);
  json.Key("texts_per_second").Double(texts_per_second);
  json.Key("tokens_per_second").Double(tokens_per_second);
  Write(json.Key("latency_seconds"), latency);
  Write(json.Key("service_seconds"), service);
  Write(json.Key("refusal_seconds"), refusal);
  json.Key("generator_cpu_seconds").Double(generator_cpu_seconds).Key("valid").Bool(valid);
  json.Key("per_second").BeginArray();
  for (const std::uint64_t count : per_second) json.UInt(count);
  json.EndArray().EndObject();
  return text + "\n";
}

}  // namespace shoal
