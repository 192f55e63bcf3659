#include "load/load_report.h"

#include <algorithm>
#include <cmath>

#include "base/ascii.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kLateStart{10'000};
constexpr double kMostLateStarts = 0.01;
constexpr int kCurveSteps = 40;  // of a tenth of a power of ten: up to 1 - 10^-4

using Times = std::vector<microseconds>;

// 1-based. Half an answer's worth of rounding is none.
std::size_t RankOf(double share, std::size_t count) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(count) - 1e-6));
  return std::clamp<std::size_t>(rank, 1, count);
}

// Both sorted, and as many of each.
std::vector<CurvePoint> CurveOf(const Times& latency, const Times& service) {
  std::vector<CurvePoint> curve;
  for (int step = 0; step <= kCurveSteps && !latency.empty(); ++step) {
    const double quantile = 1 - std::pow(10, -step / 10.0);
    const std::size_t rank = RankOf(quantile, latency.size());
    curve.push_back({quantile, Seconds(latency[rank - 1]), Seconds(service[rank - 1])});
    if (rank == latency.size()) break;
  }
  return curve;
}

// What is sorted at the end.
struct AllTimes {
  Times latency, service, refusal;
  std::vector<Times> per_second;  // latencies
};

void CountInSeconds(const LoadSample& sample, SampleVerdict verdict, LoadReport& report,
                    AllTimes& times) {
  ++report.per_second[SecondOf(sample.intended)].offered;
  ++report.per_second[SecondOf(sample.sent)].sent;
  const std::size_t index = SecondOf(sample.answered);
  LoadSecond& second = report.per_second[index];
  CountVerdict(verdict, second);
  if (verdict == SampleVerdict::kGood) second.texts += sample.texts;
  if (sample.code != StatusCode::kOk || sample.cancelled) return;
  ++second.ok;
  times.per_second[index].push_back(sample.answered - sample.intended);
}

void Count(const LoadSample& sample, SampleVerdict verdict, LoadReport& report, AllTimes& times) {
  report.late_starts += IsLateStart(sample);
  report.attempts += sample.attempts;
  ++report.verdicts[sample.cancelled ? "cancelled" : AsciiLower(Name(sample.code))];
  if (verdict == SampleVerdict::kRefused) times.refusal.push_back(sample.answered - sample.sent);
  if (sample.code != StatusCode::kOk || sample.cancelled) return;
  report.validated += sample.validated;
  report.wrong_vectors += sample.wrong;
  times.latency.push_back(sample.answered - sample.intended);
  times.service.push_back(sample.answered - sample.sent);
}

void AddUpSeconds(LoadReport& report, AllTimes& times) {
  for (std::size_t i = 0; i < report.per_second.size(); ++i) {
    LoadSecond& second = report.per_second[i];
    second.latency = PercentilesOf(times.per_second[i]);
    report.ok += second.ok;
    report.good += second.good;
    report.late += second.late;
    report.refused += second.refused;
    report.failed += second.failed;
    report.cancelled += second.cancelled;
  }
}

}  // namespace

bool IsLateStart(const LoadSample& sample) { return sample.sent - sample.intended > kLateStart; }

SampleVerdict VerdictOf(const LoadSample& sample, microseconds deadline) {
  if (sample.cancelled) return SampleVerdict::kCancelled;
  if (sample.code == StatusCode::kResourceExhausted || sample.code == StatusCode::kUnavailable) {
    return SampleVerdict::kRefused;
  }
  if (sample.code != StatusCode::kOk) return SampleVerdict::kFailed;
  if (deadline.count() > 0 && sample.answered - sample.intended > deadline) {
    return SampleVerdict::kLate;
  }
  return sample.wrong ? SampleVerdict::kWrong : SampleVerdict::kGood;
}

Percentiles PercentilesOf(Times& times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    return Seconds(times[RankOf(share, times.size()) - 1]);
  };
  return {.p50 = at(0.5),
          .p90 = at(0.9),
          .p95 = at(0.95),
          .p99 = at(0.99),
          .p999 = at(0.999),
          .max = Seconds(times.back())};
}

LoadReport Summarise(const std::vector<LoadSample>& samples, const LoadShape& shape) {
  LoadReport report{.offered = shape.offered,
                    .sent = samples.size(),
                    .duration_seconds = Seconds(shape.duration),
                    .deadline_seconds = Seconds(shape.deadline)};
  auto seconds = static_cast<std::size_t>(std::ceil(report.duration_seconds));
  for (const LoadSample& sample : samples) {
    const microseconds last = std::max({sample.intended, sample.sent, sample.answered});
    seconds = std::max(seconds, SecondOf(last) + 1);
  }
  report.per_second.resize(seconds);
  AllTimes times{.latency = {}, .service = {}, .refusal = {}, .per_second = {}};
  times.per_second.resize(seconds);
  std::uint64_t in_time = 0, texts = 0, tokens = 0;
  for (const LoadSample& sample : samples) {
    const SampleVerdict verdict = VerdictOf(sample, shape.deadline);
    Count(sample, verdict, report, times);
    CountInSeconds(sample, verdict, report, times);
    if (verdict != SampleVerdict::kGood || sample.answered >= shape.duration) continue;
    ++in_time;
    texts += sample.texts;
    tokens += sample.tokens;
  }
  AddUpSeconds(report, times);
  report.retries = report.attempts - std::min(report.attempts, report.sent);
  const double duration = std::max(report.duration_seconds, 1e-6);
  report.goodput_per_second = static_cast<double>(in_time) / duration;
  report.texts_per_second = static_cast<double>(texts) / duration;
  report.tokens_per_second = static_cast<double>(tokens) / duration;
  report.latency = PercentilesOf(times.latency);
  report.service = PercentilesOf(times.service);
  report.refusal = PercentilesOf(times.refusal);
  report.percentiles = CurveOf(times.latency, times.service);
  report.valid = static_cast<double>(report.late_starts) <=
                 kMostLateStarts * static_cast<double>(samples.size());
  return report;
}

}  // namespace shoal
