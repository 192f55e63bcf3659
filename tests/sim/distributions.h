// Draws from an Rng that are the same on every machine: those of the standard library differ
// between implementations, and so do the last bits of its logarithms. log, exp and cos come from
// libm, whose last bit may differ between versions of it; every draw is rounded to an integer or
// used as a factor of one, so a trace is the same wherever libm is.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "base/rng.h"

namespace shoal::sim {

// True with probability `p`.
inline bool Chance(Rng& rng, double p) { return rng.Unit() < p; }

// `low` to `high`, both included.
inline std::uint64_t Between(Rng& rng, std::uint64_t low, std::uint64_t high) {
  return low + rng.Below(high - low + 1);
}

inline double Uniform(Rng& rng, double low, double high) { return low + (high - low) * rng.Unit(); }

// Of the given mean: the time between events that know nothing of each other.
inline double Exponential(Rng& rng, double mean) { return -mean * std::log(1 - rng.Unit()); }

// Mean 0, deviation 1 (Box and Muller; the second number of the pair is not kept, so that every
// draw takes two numbers of the Rng).
inline double Normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.Unit()));
  return radius * std::cos(6.283185307179586 * rng.Unit());
}

// exp of a normal with this median and deviation of the logarithm.
inline double LogNormal(Rng& rng, double median, double sigma) {
  return median * std::exp(sigma * Normal(rng));
}

// Every factor is as likely as any other. 0 < low <= high.
inline double LogUniform(Rng& rng, double low, double high) {
  return low * std::exp(rng.Unit() * std::log(high / low));
}

// Tokens of one text, lognormal, between `shortest` and `longest`.
inline std::uint32_t TextLength(Rng& rng, double median, double sigma, std::uint32_t shortest,
                                std::uint32_t longest) {
  const double tokens = std::clamp(LogNormal(rng, median, sigma), static_cast<double>(shortest),
                                   static_cast<double>(longest));
  return static_cast<std::uint32_t>(tokens);
}

// The nearest microsecond.
inline std::chrono::microseconds Micros(double us) {
  return std::chrono::microseconds(static_cast<std::int64_t>(std::llround(us)));
}

}  // namespace shoal::sim
