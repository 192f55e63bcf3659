// Whether schedules are what their laws say, on fixed seeds: means, variances and correlations.
#include "load/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Times = std::vector<microseconds>;

Times Drawn(const ArrivalLaw& law, double rate, microseconds duration, std::uint64_t seed = 2) {
  Rng rng(seed);
  Times times = Arrivals(law, rate, duration, rng);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_TRUE(times.empty() || times.back() < duration);
  return times;
}

double Between(const Times& times, microseconds from, microseconds to) {
  return static_cast<double>(std::ranges::lower_bound(times, to) -
                             std::ranges::lower_bound(times, from));
}

std::vector<double> CountsOf(const Times& times, microseconds window, microseconds duration) {
  std::vector<double> counts(static_cast<std::size_t>(duration / window));
  for (const microseconds time : times) ++counts[static_cast<std::size_t>(time / window)];
  return counts;
}

double MeanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Of the values and those `lag` later; the variance where it is 0.
double Covariance(const std::vector<double>& values, std::size_t lag) {
  const double mean = MeanOf(values);
  double sum = 0;
  for (std::size_t i = lag; i < values.size(); ++i) {
    sum += (values[i] - mean) * (values[i - lag] - mean);
  }
  return sum / static_cast<double>(values.size() - lag);
}

TEST(Arrivals, OfAConstantRateAreEvenlySpaced) {
  EXPECT_THAT(Drawn(ConstantArrivals{}, 4, seconds(1)),
              ElementsAre(microseconds(0), microseconds(250'000), microseconds(500'000),
                          microseconds(750'000)));
  EXPECT_EQ(Drawn(ConstantArrivals{}, 0.5, seconds(10)).size(), 5u);
}

TEST(Arrivals, OfPoissonHaveTheirRateAndExponentialGaps) {
  const Times times = Drawn(PoissonArrivals{}, 1000, seconds(100));
  EXPECT_NEAR(static_cast<double>(times.size()), 100'000, 1'500);
  int long_gaps = 0;  // over twice the mean: a share of e^-2
  for (std::size_t i = 1; i < times.size(); ++i)
    long_gaps += times[i] - times[i - 1] > microseconds(2000);
  EXPECT_NEAR(long_gaps / static_cast<double>(times.size()), std::exp(-2.0), 0.01);
  const std::vector<double> counts = CountsOf(times, milliseconds(100), seconds(100));
  EXPECT_NEAR(Covariance(counts, 0) / MeanOf(counts), 1, 0.15);  // as many as their mean, squared
  EXPECT_NEAR(Covariance(counts, 1) / MeanOf(counts), 0, 0.1);
}

TEST(Arrivals, OfGammaHaveTheirRateAndTheVarianceOfTheirShape) {
  for (const double shape : {0.25, 0.5, 4.0}) {
    const Times times = Drawn(GammaArrivals{shape}, 100, seconds(1000));
    EXPECT_NEAR(static_cast<double>(times.size()) / 100'000, 1, 0.02) << shape;
    std::vector<double> gaps;
    for (std::size_t i = 1; i < times.size(); ++i) {
      gaps.push_back(static_cast<double>((times[i] - times[i - 1]).count()) / 10'000);
    }
    EXPECT_NEAR(Covariance(gaps, 0) * shape, 1, 0.08) << shape;
    EXPECT_NEAR(Covariance(gaps, 1) * shape, 0, 0.03) << shape;
  }
}

TEST(Arrivals, OfBurstsComeOnlyWhileTheyAreOnAndKeepTheMean) {
  const Times times =
      Drawn(BurstArrivals{milliseconds(200), milliseconds(800)}, 100, seconds(1000));
  EXPECT_NEAR(static_cast<double>(times.size()) / 100'000, 1, 0.02);
  EXPECT_TRUE(std::ranges::all_of(
      times, [](microseconds time) { return time % seconds(1) < milliseconds(200); }));
}

TEST(Arrivals, OfASineSwingByItsDepth) {
  const Times times = Drawn(SineArrivals{seconds(10), 0.5}, 1000, seconds(200));
  EXPECT_NEAR(static_cast<double>(times.size()) / 200'000, 1, 0.02);
  const auto rising = static_cast<double>(std::ranges::count_if(
      times, [](microseconds time) { return time % seconds(10) < seconds(5); }));
  // The mean of the sine over half a turn is 2/pi.
  EXPECT_NEAR(rising / 100'000, 1 + 0.5 * 2 / M_PI, 0.02);
}

TEST(Arrivals, OfAStepASpikeAndARampFollowTheirFactor) {
  const Times step = Drawn(StepArrivals{seconds(40), 3}, 100, seconds(100));
  EXPECT_NEAR(Between(step, seconds(0), seconds(40)), 4'000, 250);
  EXPECT_NEAR(Between(step, seconds(40), seconds(100)), 18'000, 500);
  const Times stop = Drawn(StepArrivals{seconds(1), 0}, 100, seconds(10));
  EXPECT_EQ(Between(stop, seconds(1), seconds(10)), 0);
  const Times spike = Drawn(SpikeArrivals{seconds(40), seconds(2), 10}, 100, seconds(100));
  EXPECT_NEAR(Between(spike, seconds(40), seconds(42)), 2'000, 180);
  EXPECT_NEAR(Between(spike, seconds(42), seconds(100)), 5'800, 300);
  const Times ramp = Drawn(RampArrivals{3}, 100, seconds(100));
  EXPECT_NEAR(static_cast<double>(ramp.size()), 20'000, 550);
  EXPECT_NEAR(Between(ramp, seconds(0), seconds(10)), 1'100, 130);
  EXPECT_NEAR(Between(ramp, seconds(90), seconds(100)), 2'900, 210);
}

// The rate is R exp(X - S²/2) with X normal of deviation S: its mean is R, its variance
// R² (exp(S²) - 1), and its covariance over a lag of the time constant R² (exp(S²/e) - 1).
TEST(Arrivals, OfNoiseHaveTheMeanTheVarianceAndTheMemoryOfTheirLaw) {
  constexpr double kRate = 500, kStd = 0.5;
  const Times times = Drawn(NoisyArrivals{kStd, seconds(1)}, kRate, seconds(8'000));
  const std::vector<double> counts = CountsOf(times, milliseconds(50), seconds(8'000));
  const double mean = kRate * 0.05, square = mean * mean;
  EXPECT_NEAR(MeanOf(counts) / mean, 1, 0.03);
  const double variance = Covariance(counts, 0) - mean;  // less that of Poisson
  EXPECT_NEAR(variance / square, std::exp(kStd * kStd) - 1, 0.04);
  EXPECT_NEAR(Covariance(counts, 20) / square, std::exp(kStd * kStd / M_E) - 1, 0.03);
  EXPECT_NEAR(Covariance(counts, 200) / square, 0, 0.02);  // ten time constants
}

TEST(Arrivals, OfNoNoiseArePoisson) {
  const Times times = Drawn(NoisyArrivals{0, seconds(1)}, 100, seconds(1000));
  const std::vector<double> counts = CountsOf(times, milliseconds(100), seconds(1000));
  EXPECT_NEAR(MeanOf(counts), 10, 0.1);
  EXPECT_NEAR(Covariance(counts, 0), 10, 0.6);
}

TEST(Arrivals, OfAFileAreItsTimesFromTheFirstOn) {
  const Result<ReplayedArrivals> replayed =
      ParseTimes("time,what\n1700000000.5,a\n\"1700000002.25\";b\n\n1700000001\r\n", "x.csv");
  ASSERT_TRUE(replayed.ok()) << replayed.status().message();
  EXPECT_THAT(replayed->times, ElementsAre(microseconds(0), milliseconds(500), milliseconds(1750)));
  EXPECT_THAT(Drawn(*replayed, 1, seconds(1)), ElementsAre(microseconds(0), milliseconds(500)));
  EXPECT_EQ(ParseTimes("0\n1.5 s\n", "x").status().message(),
            "x:2: found \"1.5 s\", accepted a time in seconds like 12.5");
  EXPECT_EQ(ParseTimes("time\n", "x").status().message(), "x: found no time in it");
}

TEST(Arrivals, OfOneSeedAreTheSame) {
  const auto first = Drawn(PoissonArrivals{}, 50, seconds(5), 3);
  EXPECT_EQ(first, Drawn(PoissonArrivals{}, 50, seconds(5), 3));
  EXPECT_NE(first, Drawn(PoissonArrivals{}, 50, seconds(5), 4));
}

TEST(Arrivals, AreWrittenAsALawWithItsParameters) {
  EXPECT_TRUE(std::holds_alternative<PoissonArrivals>(*ParseArrivalLaw("poisson")));
  EXPECT_EQ(std::get<GammaArrivals>(*ParseArrivalLaw("gamma:shape=0.5")).shape, 0.5);
  const auto spike = std::get<SpikeArrivals>(*ParseArrivalLaw("spike:at=10s,for=2s,to=10"));
  EXPECT_EQ(spike.at, seconds(10));
  EXPECT_EQ(spike.length, seconds(2));
  EXPECT_EQ(spike.to, 10);
  EXPECT_EQ(std::get<NoisyArrivals>(*ParseArrivalLaw("ou")).time_constant, seconds(10));
  EXPECT_EQ(std::get<NoisyArrivals>(*ParseArrivalLaw("ou:std=0.1")).log_std, 0.1);
}

TEST(Arrivals, ThatAreNoLawSayWhatIsAccepted) {
  const auto message = [](std::string_view text) {
    return ParseArrivalLaw(text).status().message();
  };
  EXPECT_THAT(message("weibull"), HasSubstr("found \"weibull\", accepted poisson, constant, "
                                            "gamma:shape=0.5, bursts:on=200ms,off=800ms,"));
  EXPECT_EQ(message("gamma"), "gamma: found no shape=a number from 0.01 to 10000");
  EXPECT_EQ(message("constant:x=1"), "constant: found \"x=1\", accepted no parameters");
  EXPECT_EQ(message("replay:"), "found no file, accepted replay:FILE");
  EXPECT_THAT(message("replay:/no/such/file"), HasSubstr("/no/such/file"));
}

}  // namespace
}  // namespace shoal
