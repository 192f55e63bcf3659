#include "worker/warm_up.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(WarmUp, FitsTheLineThroughTwoBatches) {
  const BatchTimeFit fit = FitBatchTime(10'000, 1'100, 100'000, 10'100);
  EXPECT_NEAR(fit.per_token_us, 100, 1e-9);
  EXPECT_NEAR(fit.alpha_us, 100, 1e-9);
}

TEST(WarmUp, ASlowSmallBatchDoesNotMakeTokensFree) {
  const BatchTimeFit fit = FitBatchTime(10'000, 20'000, 100'000, 10'000);
  EXPECT_NEAR(fit.per_token_us, 50, 1e-9);  // half of what the large one took
  EXPECT_GE(fit.alpha_us, 0);
}

TEST(WarmUp, AlphaIsNeverNegative) {
  EXPECT_EQ(FitBatchTime(10'000, 100, 100'000, 10'000).alpha_us, 0);
}

}  // namespace
}  // namespace shoal
