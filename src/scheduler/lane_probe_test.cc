#include "scheduler/lane_probe.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(LaneProbe, IsDueATenthOfASecondAfterTheLastResult) {
  LaneProbe probe;
  probe.OnResult(1s);
  EXPECT_FALSE(probe.Due(1099ms));
  EXPECT_TRUE(probe.Due(1100ms));
  probe.OnResult(1100ms);
  EXPECT_FALSE(probe.Due(1199ms));
}

TEST(LaneProbe, EachConfirmationDoublesTheGapUpToASecond) {
  LaneProbe probe;
  for (const auto gap : {200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    probe.OnProbe(0s, 4, 4);
    EXPECT_FALSE(probe.Due(gap - 1us));
    EXPECT_TRUE(probe.Due(gap));
  }
}

TEST(LaneProbe, GoodNewsAreFollowedUpAtOnce) {
  LaneProbe probe;
  for (int i = 0; i < 9; ++i) probe.OnProbe(0s, 4, 4);
  probe.OnProbe(0s, 1, 4);
  EXPECT_TRUE(probe.Due(100ms));
}

}  // namespace
}  // namespace shoal
