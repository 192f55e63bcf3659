#include "load/knee.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/rng.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

// The rates that a search tries where `outcome` says how each step ends.
std::vector<double> Tried(KneeSearch& search, const std::function<StepOutcome(double)>& outcome) {
  std::vector<double> rates;
  while (const std::optional<double> rate = search.NextRate()) {
    rates.push_back(*rate);
    if (rates.size() > 100) break;
    search.Take(outcome(*rate));
  }
  return rates;
}

std::function<StepOutcome(double)> UpTo(double most) {
  return [most](double rate) { return rate <= most ? StepOutcome::kPassed : StepOutcome::kFailed; };
}

TEST(Knee, IsFoundByDoublingAndBisectingToFivePercent) {
  KneeSearch search(100, 1e6);
  EXPECT_THAT(Tried(search, UpTo(700)),
              ElementsAre(100, 200, 400, 800, 800, 800, 566, 673, 734, 734, 734, 703, 703, 703));
  EXPECT_EQ(search.knee(), 673);
  EXPECT_EQ(search.failing(), 703);
  EXPECT_EQ(search.limit(), KneeLimit::kThreshold);
}

TEST(Knee, IsNeverFurtherThanFivePercentFromTheTruth) {
  for (double most = 1.3; most < 1e5; most *= 1.37) {
    KneeSearch search(1, 1e6);
    EXPECT_LT(Tried(search, UpTo(most)).size(), 80u);
    EXPECT_LE(search.knee(), most);
    EXPECT_GE(search.knee() * 1.051, most);
  }
}

TEST(Knee, BelowTheFirstRateIsFoundByHalving) {
  KneeSearch search(100, 1e6);
  EXPECT_THAT(Tried(search, UpTo(30)), ElementsAre(100, 100, 100, 50, 50, 50, 25, 35.4, 35.4, 35.4,
                                                   29.7, 32.4, 32.4, 32.4, 31, 31, 31));
  EXPECT_EQ(search.knee(), 29.7);
}

TEST(Knee, IsNoneWhereEveryRateFails) {
  KneeSearch search(64, 1e6);
  EXPECT_EQ(Tried(search, UpTo(0)).back(), 1);
  EXPECT_EQ(search.knee(), 0);
  EXPECT_EQ(search.limit(), KneeLimit::kNone);
}

TEST(Knee, IsTheHighestRateWhereEveryRatePasses) {
  KneeSearch search(100, 500);
  EXPECT_THAT(Tried(search, UpTo(1e9)), ElementsAre(100, 200, 400, 500));
  EXPECT_EQ(search.knee(), 500);
  EXPECT_FALSE(search.failing());
  EXPECT_EQ(search.limit(), KneeLimit::kHighest);
}

TEST(Knee, IsNotMovedByARateThatFailsTwice) {
  KneeSearch search(100, 400);
  int step = 0;
  const auto hiccup = [&step](double) {
    ++step;
    return step == 2 || step == 3 ? StepOutcome::kFailed : StepOutcome::kPassed;
  };
  EXPECT_THAT(Tried(search, hiccup), ElementsAre(100, 200, 200, 200, 400));
  EXPECT_EQ(search.knee(), 400);
}

TEST(Knee, IsNearTheTruthThoughOneStepInFiveFailsByChance) {
  Rng rng(7);
  int near = 0;
  for (int run = 0; run < 50; ++run) {
    KneeSearch search(100, 1e6);
    const auto noisy = [&rng](double rate) {
      return rate <= 5000 && rng.Below(5) > 0 ? StepOutcome::kPassed : StepOutcome::kFailed;
    };
    EXPECT_LT(Tried(search, noisy).size(), 50u);
    EXPECT_LE(search.knee(), 5000);
    near += search.knee() > 4700;
  }
  EXPECT_GT(near, 40);
}

TEST(Knee, SaysThatTheGeneratorAndNotTheServerWasTheLimit) {
  KneeSearch search(100, 1e6);
  Tried(search,
        [](double rate) { return rate <= 700 ? StepOutcome::kPassed : StepOutcome::kInvalid; });
  EXPECT_EQ(search.limit(), KneeLimit::kGenerator);
}

TEST(Knee, RatesHaveThreeDigits) {
  EXPECT_EQ(RoundRate(1234.5), 1230);
  EXPECT_EQ(RoundRate(707.106), 707);
  EXPECT_EQ(RoundRate(35.355), 35.4);
  EXPECT_EQ(RoundRate(0.123456), 0.123);
  EXPECT_EQ(RoundRate(1), 1);
}

}  // namespace
}  // namespace shoal
