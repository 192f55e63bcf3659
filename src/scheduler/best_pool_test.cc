#include "scheduler/best_pool.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

PoolView Pool(double speed, double alpha_us) {
  return {.speed = speed, .alpha_us = alpha_us, .per_token_us = 1, .lanes = 1};
}

TEST(BestPool, RemembersTheLargestSpeedAndTheShortestBatch) {
  BestPool best;
  best.Note(1s, Pool(10, 500));
  best.Note(12s, Pool(2, 100));
  EXPECT_EQ(best.Best(13s).speed, 10);
  EXPECT_EQ(best.Best(13s).BatchTime(0), 100us);
}

TEST(BestPool, ForgetsAfterAMinute) {
  BestPool best;
  best.Note(1s, Pool(10, 500));
  best.Note(40s, Pool(2, 900));
  EXPECT_EQ(best.Best(59s).speed, 10);
  EXPECT_EQ(best.Best(61s).speed, 2);
  EXPECT_EQ(best.Best(61s).BatchTime(0), 900us);
}

TEST(BestPool, OfNoPoolHasNoSpeed) {
  BestPool best;
  best.Note(1s, PoolView{});
  EXPECT_EQ(best.Best(1s).speed, 0);
}

}  // namespace
}  // namespace shoal
