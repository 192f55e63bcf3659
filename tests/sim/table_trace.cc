#include "table_trace.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/rng.h"
#include "distributions.h"

namespace shoal::table {

namespace {

constexpr std::uint32_t kWideCall = 200;
constexpr double kWideShare = 0.02;
constexpr double kFullShare = 0.10;  // of the calls of 32 texts in Texts::kMostlyOne
constexpr std::uint32_t kFullCall = 32;
constexpr double kMedianTokens = 26;
constexpr double kSpreadOfTokens = 0.6;
constexpr std::uint32_t kCrowdTokens = 32;
constexpr microseconds kSecond{1'000'000};
constexpr int kCallsForMean = 50'000;
// The mean cost of a call is a constant of the world, not of the seed.
constexpr std::uint64_t kSeedOfMean = 42;

std::uint32_t DrawTexts(Texts texts, Rng& rng) {
  if (texts == Texts::kAlwaysOne) return 1;
  const double u = rng.Unit();
  if (u < kWideShare) return kWideCall;
  if (texts == Texts::kMany) return 1 + static_cast<std::uint32_t>(rng.Below(kFullCall));
  return u < kWideShare + kFullShare ? kFullCall : 1;
}

microseconds DrawPatience(const TraceOptions& options, Rng& rng) {
  if (options.no_deadline_share > 0 && rng.Unit() < options.no_deadline_share) return kNoDeadline;
  const Deadlines& d = options.deadlines;
  if (d.shortest == d.longest) return d.shortest;
  return sim::Micros(sim::LogUniform(rng, static_cast<double>(d.shortest.count()),
                                     static_cast<double>(d.longest.count())));
}

// Appends calls to a trace until it has enough.
class Drawer {
 public:
  Drawer(const TraceOptions& options, const Pool& pool, std::uint64_t seed)
      : options_(options), pool_(pool), rng_(seed) {}

  // The next call that an empty pool could serve. `patient_tokens` stays out of its cost.
  TraceCall Draw(std::vector<std::uint32_t>& lengths) {
    for (;;) {
      TraceCall call{.first_length = lengths.size(), .texts = DrawTexts(options_.texts, rng_)};
      call.patience = DrawPatience(options_, rng_);
      Cost longest = 0;
      for (std::uint32_t i = 0; i < call.texts; ++i) {
        lengths.push_back(sim::TextLength(rng_, kMedianTokens, kSpreadOfTokens, 3, 256));
        const Cost cost = CostOf(lengths.back(), pool_.attention_cost);
        call.cost += cost;
        longest = std::max(longest, cost);
      }
      const double most_us = options_.most_own_share * static_cast<double>(call.patience.count());
      if (call.patience == kNoDeadline || pool_.OwnUs(call.cost, longest) <= most_us) return call;
      lengths.resize(call.first_length);
    }
  }

  Rng& rng() { return rng_; }

 private:
  const TraceOptions& options_;
  const Pool& pool_;
  Rng rng_;
};

// More than the pool can do in `duration`: as much as in half as much time again.
double MostInLoop(const Pool& pool, microseconds duration) {
  return 1.5 * pool.IdleSpeed() * static_cast<double>(duration.count());
}

double MeanCost(const TraceOptions& options, const Pool& pool) {
  Drawer drawer(options, pool, kSeedOfMean);
  std::vector<std::uint32_t> lengths;
  double sum = 0;
  for (int i = 0; i < kCallsForMean; ++i) {
    lengths.clear();
    sum += static_cast<double>(drawer.Draw(lengths).cost);
  }
  return sum / kCallsForMean;
}

}  // namespace

Trace OpenLoop(const TraceOptions& options, const Pool& pool, double capacity, std::uint64_t seed) {
  CHECK(options.load > 0 && capacity > 0, "something arrives");
  const double mean_gap_us = MeanCost(options, pool) / (options.load * capacity);
  Drawer drawer(options, pool, seed);
  Trace trace{.duration = options.duration};
  double at_us = 0;
  for (;;) {
    at_us += sim::Exponential(drawer.rng(), mean_gap_us);
    if (at_us >= static_cast<double>(options.duration.count())) return trace;
    TraceCall call = drawer.Draw(trace.lengths);
    call.arrival = sim::Micros(at_us);
    if (call.patience == kNoDeadline && options.patient_tokens > 0) {
      const auto begin = trace.lengths.begin() + static_cast<std::ptrdiff_t>(call.first_length);
      std::fill(begin, trace.lengths.end(), options.patient_tokens);
      call.cost = call.texts * CostOf(options.patient_tokens, pool.attention_cost);
    }
    trace.calls.push_back(call);
  }
}

Trace ClosedLoop(Texts texts, const Pool& pool, int callers, microseconds duration,
                 std::uint64_t seed) {
  const TraceOptions options{.texts = texts, .no_deadline_share = 1};
  Drawer drawer(options, pool, seed);
  Trace trace{.duration = duration, .callers = callers};
  double left = MostInLoop(pool, duration);
  for (int open = 0; open<callers; left> 0 ? open = 0 : ++open) {
    trace.calls.push_back(drawer.Draw(trace.lengths));
    left -= static_cast<double>(trace.calls.back().cost);
  }
  trace.in_loop = trace.calls.size();
  return trace;
}

Trace Crowd(const CrowdOptions& options, const Pool& pool) {
  const Cost text = CostOf(kCrowdTokens, pool.attention_cost);
  Trace trace{.duration = options.duration, .callers = options.callers};
  trace.lengths.assign(options.texts, kCrowdTokens);
  const TraceCall many{.texts = options.texts, .cost = options.texts * text};
  trace.in_loop = static_cast<std::size_t>(MostInLoop(pool, options.duration) /
                                           static_cast<double>(many.cost)) +
                  static_cast<std::size_t>(options.callers);
  trace.calls.assign(trace.in_loop, many);
  for (microseconds at = kSecond / 2; at < options.duration; at += kSecond) {
    trace.calls.push_back(
        {.arrival = at, .patience = options.patience, .texts = 1, .cost = text, .client = 2});
  }
  return trace;
}

}  // namespace shoal::table
