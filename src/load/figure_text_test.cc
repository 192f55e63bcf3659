#include "load/figure_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(FigureText, TimesHaveAsManyDigitsAsHelp) {
  EXPECT_EQ(TimeText(0), "0 ms");
  EXPECT_EQ(TimeText(0.00001), "< 0.1 ms");
  EXPECT_EQ(TimeText(0.0042), "4.2 ms");
  EXPECT_EQ(TimeText(0.128), "128 ms");
  EXPECT_EQ(TimeText(1.234), "1.23 s");
  EXPECT_EQ(TimeText(125.4), "125 s");
}

TEST(FigureText, AChosenTimeIsToldInFull) {
  EXPECT_EQ(ChosenTimeText(0.5), "500 ms");
  EXPECT_EQ(ChosenTimeText(1.5), "1.5 s");
  EXPECT_EQ(ChosenTimeText(90), "90 s");
  EXPECT_EQ(ChosenTimeText(120), "2 min");
  EXPECT_EQ(ChosenTimeText(7200), "2 h");
}

TEST(FigureText, WhatIsNotAllIsNeverShownAsAll) {
  EXPECT_EQ(ShareText(0, 100), "0 %");
  EXPECT_EQ(ShareText(1, 100'000), "< 0.1 %");
  EXPECT_EQ(ShareText(42, 1000), "4.2 %");
  EXPECT_EQ(ShareText(970, 1000), "97 %");
  EXPECT_EQ(ShareText(99'989, 100'000), "99.98 %");
  EXPECT_EQ(ShareText(999'999, 1'000'000), "> 99.99 %");
  EXPECT_EQ(ShareText(7, 7), "100 %");
}

TEST(FigureText, RatesHaveADecimalWhereItSaysSomething) {
  EXPECT_EQ(RateText(0), "0");
  EXPECT_EQ(RateText(0.01), "< 0.1");
  EXPECT_EQ(RateText(0.5), "0.5");
  EXPECT_EQ(RateText(20.0), "20");
  EXPECT_EQ(RateText(99.8), "99.8");
  EXPECT_EQ(RateText(12'345.4), "12,345");
}

}  // namespace
}  // namespace shoal
