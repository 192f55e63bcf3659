#include "scheduler/cost_per_byte.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(CostPerByte, TakesTextsForProseUntilSomeWereTokenised) {
  EXPECT_EQ(CostPerByte().Estimate(450), 100 * kCostPerToken);
}

TEST(CostPerByte, LearnsFromWhatTextsTurnedOutToCost) {
  CostPerByte cost;
  for (int i = 0; i < 1000; ++i) cost.Learn(1000, 500 * kCostPerToken);
  EXPECT_NEAR(static_cast<double>(cost.Estimate(100)), 50.0 * kCostPerToken, kCostPerToken);
}

TEST(CostPerByte, ForgetsWhatWasLongAgo) {
  CostPerByte cost;
  for (int i = 0; i < 10'000; ++i) cost.Learn(10'000, 5000 * kCostPerToken);
  for (int i = 0; i < 2'000; ++i) cost.Learn(10'000, 1000 * kCostPerToken);
  EXPECT_NEAR(static_cast<double>(cost.Estimate(100)), 10.0 * kCostPerToken, kCostPerToken);
}

}  // namespace
}  // namespace shoal
