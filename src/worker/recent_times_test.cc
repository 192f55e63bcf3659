#include "worker/recent_times.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;

TEST(RecentTimes, WithoutAnyIsZero) { EXPECT_EQ(RecentTimes().P99(), microseconds(0)); }

TEST(RecentTimes, OfFewIsTheLongest) {
  RecentTimes times;
  for (const int us : {3, 9, 4}) times.Add(microseconds(us));
  EXPECT_EQ(times.P99(), microseconds(9));
}

TEST(RecentTimes, OfAHundredIsTheLastButOne) {
  RecentTimes times;
  for (int us = 100; us > 0; --us) times.Add(microseconds(us));
  EXPECT_EQ(times.P99(), microseconds(99));
}

TEST(RecentTimes, ForgetsWhatIsOld) {
  RecentTimes times;
  times.Add(microseconds(1'000'000));
  for (int i = 0; i < 512; ++i) times.Add(microseconds(5));
  EXPECT_EQ(times.P99(), microseconds(5));
}

}  // namespace
}  // namespace shoal
