#include "scheduler/second_attempt.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(SecondAttemptBudget, StartsWithTwo) {
  SecondAttemptBudget budget;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(budget.Allows());
    budget.Spend();
  }
  EXPECT_FALSE(budget.Allows());
}

TEST(SecondAttemptBudget, EarnsOneInThirtyFourBatches) {
  SecondAttemptBudget budget;
  budget.Spend();
  budget.Spend();
  for (int i = 0; i < 33; ++i) budget.OnBatchFinished(8);
  EXPECT_FALSE(budget.Allows());
  budget.OnBatchFinished(8);
  EXPECT_TRUE(budget.Allows());
}

TEST(SecondAttemptBudget, SavesNoMoreThanFourAndAQuarterOfTheLanes) {
  SecondAttemptBudget budget;
  for (int i = 0; i < 1000; ++i) budget.OnBatchFinished(8);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(budget.Allows());
    budget.Spend();
  }
  EXPECT_FALSE(budget.Allows());
}

TEST(LastMoment, LeavesTimeForTwoBatchesAndARoundTrip) {
  EXPECT_EQ(LastMoment(500ms, 10ms, 1ms), 479ms);
}

}  // namespace
}  // namespace shoal
