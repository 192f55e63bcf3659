#include "base/clock.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Clock, TheManualOneStandsUntilMoved) {
  ManualClock clock;
  const auto start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(std::chrono::milliseconds(5));
  EXPECT_EQ(clock.Now() - start, std::chrono::milliseconds(5));
}

TEST(Clock, TheSystemOneNeverGoesBack) {
  const auto first = SystemClock().Now();
  EXPECT_GE(SystemClock().Now(), first);
}

}  // namespace
}  // namespace shoal
