#include "base/rng.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Rng, TheSameSeedGivesTheSameNumbersEverywhere) {
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0xE220A8397B1DCDAFull);  // the published first value of SplitMix64
}

TEST(Rng, StaysBelowTheBound) {
  Rng rng(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(rng.Below(3), 3u);
    const double unit = rng.Unit();
    EXPECT_GE(unit, 0);
    EXPECT_LT(unit, 1);
  }
}

TEST(Rng, SeedsDiffer) { EXPECT_NE(RandomSeed(), RandomSeed()); }

}  // namespace
}  // namespace shoal
