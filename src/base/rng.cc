#include "base/rng.h"

#include <sys/random.h>

namespace shoal {

std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  CHECK(getrandom(&seed, sizeof seed, 0) == sizeof seed, "the kernel has random bytes");
  return seed;
}

}  // namespace shoal
