#include "load/draws.h"

#include <gtest/gtest.h>

#include <functional>

namespace shoal {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments MomentsOf(const std::function<double(Rng&)>& draw) {
  constexpr int kDraws = 200'000;
  Rng rng(7);
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = draw(rng);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  return {.mean = mean, .variance = squares / kDraws - mean * mean};
}

TEST(Draws, HaveTheMeanAndVarianceOfTheirLaw) {
  const Moments exponential = MomentsOf(Exponential);
  EXPECT_NEAR(exponential.mean, 1, 0.02);
  EXPECT_NEAR(exponential.variance, 1, 0.05);
  const Moments normal = MomentsOf(Normal);
  EXPECT_NEAR(normal.mean, 0, 0.01);
  EXPECT_NEAR(normal.variance, 1, 0.02);
  for (const double shape : {0.25, 0.5, 1.0, 4.0, 100.0}) {
    const Moments gamma = MomentsOf([shape](Rng& rng) { return GammaOfMeanOne(shape, rng); });
    EXPECT_NEAR(gamma.mean, 1, 0.02) << shape;
    EXPECT_NEAR(gamma.variance * shape, 1, 0.06) << shape;
  }
}

}  // namespace
}  // namespace shoal
