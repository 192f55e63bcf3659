#include "process/descriptor_watch.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(PollTimeout, RoundsUpSoThatNobodySpins) {
  const std::chrono::steady_clock::time_point now{1h};
  EXPECT_EQ(PollTimeout(now, now), 0);
  EXPECT_EQ(PollTimeout(now, std::chrono::steady_clock::time_point::min()), 0);
  EXPECT_EQ(PollTimeout(now, now + 1ns), 1);
  EXPECT_EQ(PollTimeout(now, now + 20ms), 20);
  EXPECT_EQ(PollTimeout(now, std::chrono::steady_clock::time_point::max()), 60'000);
}

}  // namespace
}  // namespace shoal
