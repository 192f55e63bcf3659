#include "scheduler/failure_clock.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(FailureClock, FollowsTheCallersClock) {
  FailureClock clock;
  clock.Look(30ms);
  EXPECT_EQ(clock.Look(50ms), 50ms);
  EXPECT_EQ(clock.When(65ms), 65ms);
  EXPECT_EQ(clock.When(10ms), 50ms);
}

TEST(FailureClock, APauseIsFiftyMilliseconds) {
  FailureClock clock;
  clock.Look(20ms);
  EXPECT_EQ(clock.Look(5020ms), 70ms);
  EXPECT_EQ(clock.When(100ms), 5050ms);
}

}  // namespace
}  // namespace shoal
