#include "scheduler/retry_hint.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RetryHint, IsTheWaitAFifthMoreOrLess) {
  Rng rng(1);
  auto least = 5000ms;
  auto most = 0ms;
  for (int i = 0; i < 1000; ++i) {
    const auto hint = RetryHint(1s, rng);
    least = std::min(least, hint);
    most = std::max(most, hint);
  }
  EXPECT_GE(least, 800ms);
  EXPECT_LE(least, 810ms);
  EXPECT_GE(most, 1190ms);
  EXPECT_LE(most, 1200ms);
}

TEST(RetryHint, IsNeverUnder10MillisecondsNorOver5Seconds) {
  Rng rng(1);
  EXPECT_EQ(RetryHint(0us, rng), 10ms);
  EXPECT_EQ(RetryHint(1h, rng), 5000ms);
}

}  // namespace
}  // namespace shoal
