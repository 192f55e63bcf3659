#include "load/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(Arrivals, OfAConstantRateAreEvenlySpaced) {
  Rng rng(1);
  const std::vector<microseconds> times = Arrivals(ArrivalLaw::kConstant, 4, seconds(1), rng);
  EXPECT_EQ(times, (std::vector{microseconds(0), microseconds(250'000), microseconds(500'000),
                                microseconds(750'000)}));
}

TEST(Arrivals, OfPoissonHaveTheirRateAndExponentialGaps) {
  Rng rng(2);
  const std::vector<microseconds> times = Arrivals(ArrivalLaw::kPoisson, 1000, seconds(100), rng);
  EXPECT_NEAR(static_cast<double>(times.size()), 100'000, 1'500);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_LT(times.back(), seconds(100));
  int long_gaps = 0;  // over twice the mean: a share of e^-2
  for (std::size_t i = 1; i < times.size(); ++i)
    long_gaps += times[i] - times[i - 1] > microseconds(2000);
  EXPECT_NEAR(long_gaps / static_cast<double>(times.size()), std::exp(-2.0), 0.01);
}

TEST(Arrivals, OfOneSeedAreTheSame) {
  Rng a(3), b(3), c(4);
  const auto first = Arrivals(ArrivalLaw::kPoisson, 50, seconds(5), a);
  EXPECT_EQ(first, Arrivals(ArrivalLaw::kPoisson, 50, seconds(5), b));
  EXPECT_NE(first, Arrivals(ArrivalLaw::kPoisson, 50, seconds(5), c));
}

}  // namespace
}  // namespace shoal
