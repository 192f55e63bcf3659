// The Hadamard matrix is never built: log2(size) rounds of (a, b) -> (a + b, a - b) multiply by it.
//
//   size 2:  (3, 1) -> (4, 2) -> (6, 2) = 2 · (3, 1)      twice gives `size` times the values
//
// A single large value is spread over its block that way: (8, 0) -> (8, 8). Without that it would
// set the scale of its whole output channel, whose small values would then round to 0.
#include "engine/int8_weights.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace shoal {

std::size_t RotationBlock(std::size_t dim) {
  std::size_t block = 128;
  while (dim % block != 0) block /= 2;
  return block;
}

void MultiplyByHadamard(double* values, std::size_t size, std::size_t stride) {
  for (std::size_t half = size / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < size; ++i) {
      if ((i & half) != 0) continue;
      double& a = values[i * stride];
      double& b = values[(i + half) * stride];
      const double sum = a + b;
      b = a - b;
      a = sum;
    }
  }
}

float QuantizeChannel(std::span<const double> w, std::span<std::int8_t> q) {
  CHECK(w.size() == q.size(), "one integer per weight");
  double largest = 1e-12;
  for (const double v : w) largest = std::max(largest, std::abs(v));
  const double per_unit = 127.0 / largest;
  for (std::size_t k = 0; k < w.size(); ++k) {
    q[k] = static_cast<std::int8_t>(std::nearbyint(w[k] * per_unit));
  }
  return static_cast<float>(1.0 / per_unit);
}

}  // namespace shoal
