// What the tests of the kernels share: random floats and the comparison of bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <random>
#include <vector>

namespace shoal {

using Floats = std::vector<float>;

// mt19937 gives the same numbers everywhere; in (-scale, scale).
inline Floats Random(std::size_t count, unsigned seed, float scale = 1.0f) {
  std::mt19937 generator(seed);
  Floats values(count);
  for (float& v : values) {
    v = (static_cast<float>(generator() >> 8) * 0x1p-23f - 1.0f) * scale;
  }
  return values;
}

inline bool SameBytes(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace shoal
