#include "dashboard/log_histogram.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LogHistogram, OfNothingIsZero) {
  EXPECT_EQ(LogHistogram().Percentile(0.5), 0);
  EXPECT_EQ(LogHistogram().mean(), 0);
}

TEST(LogHistogram, KnowsSmallNumbersExactly) {
  LogHistogram histogram;
  for (int i = 1; i <= 10; ++i) histogram.Add(i);
  EXPECT_EQ(histogram.Percentile(0.5), 5);
  EXPECT_EQ(histogram.Percentile(0.95), 10);
  EXPECT_EQ(histogram.Percentile(0.1), 1);
  EXPECT_EQ(histogram.mean(), 5.5);
}

TEST(LogHistogram, IsNearEveryNumber) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 32); value = value * 5 / 4 + 1) {
    LogHistogram histogram;
    histogram.Add(value);
    const double read = histogram.Percentile(0.99);
    EXPECT_NEAR(read, static_cast<double>(value), 0.07 * static_cast<double>(value)) << value;
  }
}

TEST(LogHistogram, BoundsWhatIsNoTime) {
  LogHistogram histogram;
  histogram.Add(-5);
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  histogram.Add(std::int64_t{1} << 40);
  EXPECT_NEAR(histogram.Percentile(1), 4.29e9, 0.07 * 4.29e9);
}

TEST(LogHistogram, AddsUp) {
  LogHistogram a, b;
  for (int i = 0; i < 99; ++i) a.Add(1);
  b.Add(12);
  a.Add(b);
  EXPECT_EQ(a.count(), 100u);
  EXPECT_EQ(a.Percentile(0.99), 1);
  EXPECT_EQ(a.Percentile(1), 12);
}

}  // namespace
}  // namespace shoal
