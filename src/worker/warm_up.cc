#include "worker/warm_up.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace shoal {
namespace {

// Short texts, so that every model takes them.
constexpr std::uint32_t kTokens = 8;
constexpr std::size_t kTexts = 6;
constexpr int kRuns = 2;
// A table so slow that the large batch is not worth waiting for.
constexpr double kSlowUs = 50'000;

// The fastest of `runs` batches of `texts` short texts, µs.
double Fastest(Lane& lane, int dim, std::size_t texts, std::int32_t any_token, int runs,
               const Clock& clock) {
  const std::vector<std::int32_t> ids(texts * kTokens, any_token);
  const std::vector<std::uint32_t> lengths(texts, kTokens);
  std::vector<float> vectors(texts * static_cast<std::size_t>(dim));
  double fastest = std::numeric_limits<double>::max();
  for (int run = 0; run < runs; ++run) {
    const auto start = clock.Now();
    lane.Encode(lengths, ids, vectors);
    fastest =
        std::min(fastest, std::chrono::duration<double, std::micro>(clock.Now() - start).count());
  }
  return fastest;
}

}  // namespace

BatchTimeFit FitBatchTime(Cost small_cost, double small_us, Cost large_cost, double large_us) {
  const double per_cost =
      (large_us - small_us) / static_cast<double>(std::max<Cost>(large_cost - small_cost, 1));
  // Never cheaper than half of what the large batch took per unit of cost.
  const double least = large_us / static_cast<double>(large_cost) / 2;
  BatchTimeFit fit;
  fit.per_token_us = std::max({per_cost, least, 1e-6}) * kCostPerToken;
  fit.alpha_us =
      std::max(0.0, small_us - fit.per_token_us * static_cast<double>(small_cost) / kCostPerToken);
  return fit;
}

BatchTimeFit WarmUp(Lane& lane, int dim, std::uint32_t attention_cost, std::int32_t any_token,
                    const Clock& clock) {
  const std::size_t texts = std::min(kTexts, lane.max_batch_tokens() / kTokens);
  const Cost small = CostOf(kTokens, attention_cost);
  const double small_us = Fastest(lane, dim, 1, any_token, kRuns, clock);
  if (small_us > kSlowUs || texts < 2) return FitBatchTime(0, 0, small, small_us);
  const double large_us = Fastest(lane, dim, texts, any_token, kRuns, clock);
  return FitBatchTime(small, small_us, small * static_cast<Cost>(texts), large_us);
}

}  // namespace shoal
