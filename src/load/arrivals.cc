// Laws of gaps are drawn gap by gap. A rate that is a function of time thins out a Poisson stream
// at its peak. Noise is laid in short steps of one rate each, and the stream runs through them.
#include "load/arrivals.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.h"
#include "base/overloaded.h"
#include "load/draws.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using Times = std::vector<microseconds>;

constexpr double kStepsPerTimeConstant = 50;
constexpr double kLeastStep = 100;      // µs
constexpr double kLongestStep = 100e3;  // µs

double Count(microseconds time) { return static_cast<double>(time.count()); }

// What is asked for; times in µs, the rate per µs.
struct Span {
  double rate = 0;
  double end = 0;
};

void Add(double time, Times& to) { to.emplace_back(static_cast<std::int64_t>(time)); }

Times Evenly(Span span) {
  Times times;
  // Divided, not added up: no rounding grows.
  for (double i = 0; i / span.rate < span.end; ++i) Add(i / span.rate, times);
  return times;
}

// `gap` is drawn with mean 1.
template <typename Gap>
Times ByGaps(Span span, const Gap& gap) {
  Times times;
  double time = gap() / span.rate;
  while (time < span.end) {
    Add(time, times);
    time += gap() / span.rate;
  }
  return times;
}

// `factor` of a time is at most `peak`.
template <typename Factor>
Times Thinned(Span span, double peak, Rng& rng, const Factor& factor) {
  Times times;
  const double mean_gap = 1 / (span.rate * peak);
  double time = mean_gap * Exponential(rng);
  while (time < span.end) {
    if (rng.Unit() * peak < factor(time)) Add(time, times);
    time += mean_gap * Exponential(rng);
  }
  return times;
}

Times Noisy(const NoisyArrivals& law, Span span, Rng& rng) {
  const double constant = Count(law.time_constant);
  const double step = std::clamp(constant / kStepsPerTimeConstant, kLeastStep, kLongestStep);
  const double kept = std::exp(-step / constant);
  const double fresh = law.log_std * std::sqrt(1 - kept * kept);
  double noise = law.log_std * Normal(rng);
  double wait = Exponential(rng);  // arrivals that are expected until the next one comes
  Times times;
  for (double i = 0; i * step < span.end; ++i) {
    // The mean of exp(noise) is exp(log_std² / 2): without the correction the rate would be higher.
    const double rate = span.rate * std::exp(noise - law.log_std * law.log_std / 2);
    const double end = std::min((i + 1) * step, span.end);
    double time = i * step;
    while (time + wait / rate < end) {
      time += wait / rate;
      Add(time, times);
      wait = Exponential(rng);
    }
    wait = std::max(0.0, wait - (end - time) * rate);
    noise = kept * noise + fresh * Normal(rng);
  }
  return times;
}

Times Replayed(const ReplayedArrivals& law, microseconds duration) {
  return {law.times.begin(), std::ranges::lower_bound(law.times, duration)};
}

}  // namespace

Times Arrivals(const ArrivalLaw& law, double rate, microseconds duration, Rng& rng) {
  CHECK(rate > 0, "an open loop has a rate");
  const Span span{.rate = rate * 1e-6, .end = Count(duration)};
  return std::visit(
      Overloaded{
          [&](const ConstantArrivals&) { return Evenly(span); },
          [&](const PoissonArrivals&) { return ByGaps(span, [&rng] { return Exponential(rng); }); },
          [&](const GammaArrivals& gamma) {
            return ByGaps(span, [&] { return GammaOfMeanOne(gamma.shape, rng); });
          },
          [&](const BurstArrivals& bursts) {
            const double on = Count(bursts.on), cycle = on + Count(bursts.off);
            const auto factor = [&](double time) {
              return std::fmod(time, cycle) < on ? cycle / on : 0;
            };
            return Thinned(span, cycle / on, rng, factor);
          },
          [&](const SineArrivals& sine) {
            const double turn = 2 * std::numbers::pi / Count(sine.period);
            const auto factor = [&](double time) { return 1 + sine.depth * std::sin(turn * time); };
            return Thinned(span, 1 + sine.depth, rng, factor);
          },
          [&](const StepArrivals& step) {
            const auto factor = [&](double time) { return time < Count(step.at) ? 1 : step.to; };
            return Thinned(span, std::max(1.0, step.to), rng, factor);
          },
          [&](const RampArrivals& ramp) {
            const auto factor = [&](double time) { return 1 + (ramp.to - 1) * time / span.end; };
            return Thinned(span, std::max(1.0, ramp.to), rng, factor);
          },
          [&](const SpikeArrivals& spike) {
            const double end = Count(spike.at + spike.length);
            const auto factor = [&](double time) {
              return time >= Count(spike.at) && time < end ? spike.to : 1;
            };
            return Thinned(span, std::max(1.0, spike.to), rng, factor);
          },
          [&](const NoisyArrivals& noisy) { return Noisy(noisy, span, rng); },
          [&](const ReplayedArrivals& replayed) { return Replayed(replayed, duration); }},
      law);
}

}  // namespace shoal
