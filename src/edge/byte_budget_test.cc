#include "edge/byte_budget.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

namespace shoal {
namespace {

TEST(ByteBudget, GivesUntilItIsUsedUp) {
  ByteBudget budget(100);
  auto first = budget.TryTake(60);
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(budget.TryTake(41).has_value());
  EXPECT_FALSE(budget.TryTake(std::numeric_limits<std::size_t>::max()).has_value());
  auto second = budget.TryTake(40);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(budget.used(), 100u);
  first.reset();
  EXPECT_EQ(budget.used(), 40u);
}

TEST(ByteBudget, AMovedHoldGivesBackOnce) {
  ByteBudget budget(10);
  {
    ByteBudget::Hold outer;
    {
      auto inner = budget.TryTake(7);
      ASSERT_TRUE(inner.has_value());
      outer = std::move(*inner);
    }
    EXPECT_EQ(budget.used(), 7u);
    const ByteBudget::Hold last(std::move(outer));
    EXPECT_EQ(budget.used(), 7u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudget, AHoldGrowsWhileThereIsRoom) {
  ByteBudget budget(10);
  {
    ByteBudget::Hold hold;
    EXPECT_TRUE(budget.TryGrow(hold, 4));
    EXPECT_TRUE(budget.TryGrow(hold, 6));
    EXPECT_EQ(budget.used(), 10u);
    EXPECT_FALSE(budget.TryGrow(hold, 1));
    EXPECT_EQ(budget.used(), 10u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudget, ThreadsNeverTakeMoreThanThereIs) {
  ByteBudget budget(10);
  std::atomic<int> over = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const auto hold = budget.TryTake(4);
        if (budget.used() > 10) ++over;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(over, 0);
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace shoal
