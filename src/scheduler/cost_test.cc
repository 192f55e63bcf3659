#include "scheduler/cost.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Cost, IsAThousandPerTokenWithoutAttention) {
  EXPECT_EQ(CostOf(0, 0), 0);
  EXPECT_EQ(CostOf(128, 0), 128'000);
}

TEST(Cost, AddsTheSquareOfTheLengthForAttention) {
  EXPECT_EQ(CostOf(10, 599), 10'000 + 59);
  EXPECT_EQ(CostOf(256, 599), 256'000 + 39'256);  // 2.3 batches of 128 tokens
}

}  // namespace
}  // namespace shoal
