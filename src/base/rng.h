// Random numbers that are the same on every machine: SplitMix64 and distributions of our own (those
// of the standard library differ between implementations).
#pragma once

#include <cstdint>

#include "base/check.h"

namespace shoal {

__extension__ using Wide = unsigned __int128;

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  // All 64 bits.
  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  // 0 .. bound - 1.
  std::uint64_t Below(std::uint64_t bound) {
    CHECK(bound > 0, "an empty range has no number");
    return static_cast<std::uint64_t>((static_cast<Wide>(Next()) * bound) >> 64);
  }

  // In [0, 1), 53 bits.
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

// 64 bits that nobody can foresee, from the kernel.
std::uint64_t RandomSeed();

}  // namespace shoal
