#include "load/run_tally.h"

#include <algorithm>
#include <cmath>

namespace shoal {

using std::chrono::microseconds;

void TimeTally::Add(microseconds time) {
  const double at = std::log2(std::max(static_cast<double>(time.count()), 1.0)) * kPerDoubling;
  ++counts_[std::min(static_cast<std::size_t>(at), counts_.size() - 1)];
  ++count_;
  most_ = std::max(most_, time);
}

double TimeTally::At(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (below + counts_[bucket] < rank) below += counts_[bucket++];
  return std::exp2(static_cast<double>(bucket) / kPerDoubling) * 1e-6;
}

Percentiles TimeTally::Read() const {
  if (count_ == 0) return {};
  return {.p50 = At(0.5),
          .p90 = At(0.9),
          .p95 = At(0.95),
          .p99 = At(0.99),
          .p999 = At(0.999),
          .max = Seconds(most_)};
}

void RunTally::Add(const LoadSample& sample) {
  const SampleVerdict verdict = VerdictOf(sample, deadline_);
  ++counts_.offered;
  counts_.late_starts += IsLateStart(sample);
  CountVerdict(verdict, counts_);
  if (verdict == SampleVerdict::kRefused) refusal_.Add(sample.answered - sample.sent);
  if (sample.code != StatusCode::kOk || sample.cancelled) return;
  ++counts_.ok;
  counts_.wrong_vectors += sample.wrong;
  latency_.Add(sample.answered - sample.intended);
  service_.Add(sample.answered - sample.sent);
  if (verdict != SampleVerdict::kGood) return;
  good_texts_ += sample.texts;
  good_tokens_ += sample.tokens;
}

LoadFigures RunTally::Read(microseconds elapsed) const {
  LoadFigures figures = counts_;
  const double seconds = std::max(Seconds(elapsed), 1e-6);
  figures.goodput_per_second = static_cast<double>(counts_.good) / seconds;
  figures.texts_per_second = static_cast<double>(good_texts_) / seconds;
  figures.tokens_per_second = static_cast<double>(good_tokens_) / seconds;
  figures.latency = latency_.Read();
  figures.service = service_.Read();
  figures.refusal = refusal_.Read();
  return figures;
}

}  // namespace shoal
