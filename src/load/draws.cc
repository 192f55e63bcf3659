#include "load/draws.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace shoal {
namespace {

// Marsaglia and Tsang; `shape` is at least 1.
double GammaOf(double shape, Rng& rng) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = Normal(rng);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (-Exponential(rng) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

double Exponential(Rng& rng) { return -std::log1p(-rng.Unit()); }

double Normal(Rng& rng) {
  const double radius = std::sqrt(2 * Exponential(rng));
  return radius * std::cos(2 * std::numbers::pi * rng.Unit());
}

double GammaOfMeanOne(double shape, Rng& rng) {
  CHECK(shape > 0, "a gamma law has a shape");
  if (shape >= 1) return GammaOf(shape, rng) / shape;
  // Below 1 by that of shape + 1 and a power of a uniform number.
  const double above = GammaOf(shape + 1, rng);
  return above * std::exp(-Exponential(rng) / shape) / shape;
}

}  // namespace shoal
