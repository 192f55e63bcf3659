#include "scheduler/batcher.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

constexpr BatchLimits kLimits = {.cost = 100'000, .tokens = 90, .items = 3};

BatchCandidate Text(std::uint32_t length) {
  return {.length = length, .cost = CostOf(length, 1000)};  // 1000 L + L²
}

TEST(Batcher, ClosesBeforeTheItemThatWouldExceedTheTokenBudget) {
  Batcher batch({.cost = 100'000, .tokens = 1000, .items = 1000});
  batch.Add(Text(50));                 // 52,500
  EXPECT_TRUE(batch.Fits(Text(45)));   // 47,025
  EXPECT_FALSE(batch.Fits(Text(46)));  // 48,116
}

TEST(Batcher, KeepsTheWorkersLimitsOfTokensAndItems) {
  Batcher batch(kLimits);
  batch.Add(Text(80));
  EXPECT_TRUE(batch.Fits(Text(10)));
  EXPECT_FALSE(batch.Fits(Text(11)));
  batch.Add(Text(1));
  batch.Add(Text(1));
  EXPECT_FALSE(batch.Fits(Text(1)));
}

TEST(Batcher, ATextOverTheBudgetRidesAlone) {
  Batcher batch(kLimits);
  EXPECT_TRUE(batch.Fits(Text(500)));
  batch.Add(Text(500));
  EXPECT_FALSE(batch.Fits(Text(1)));
}

TEST(Batcher, AnItemMarkedAloneSharesWithNobody) {
  const BatchCandidate suspect = {.length = 1, .cost = 1000, .alone = true};
  Batcher with_others(kLimits);
  with_others.Add(Text(1));
  EXPECT_FALSE(with_others.Fits(suspect));
  Batcher alone(kLimits);
  EXPECT_TRUE(alone.Fits(suspect));
  alone.Add(suspect);
  EXPECT_FALSE(alone.Fits(Text(1)));
}

}  // namespace
}  // namespace shoal
