#include "load/figure_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(FigureText, FiguresAreReadInThreeDigits) {
  EXPECT_EQ(TimeText(0.128), "128 ms");
  EXPECT_EQ(TimeText(0.0384), "38.4 ms");
  EXPECT_EQ(TimeText(0.00042), "0.42 ms");
  EXPECT_EQ(TimeText(1.234), "1.23 s");
  EXPECT_EQ(TimeText(0.9999), "1.00 s");
  EXPECT_EQ(TimeText(125.4), "125 s");
  EXPECT_EQ(TimeText(0), "0 ms");
  EXPECT_EQ(ThreeDigits(12345.6), "12346");
}

TEST(FigureText, AChosenTimeIsToldInFull) {
  EXPECT_EQ(ChosenTimeText(0.5), "500 ms");
  EXPECT_EQ(ChosenTimeText(1.5), "1.5 s");
  EXPECT_EQ(ChosenTimeText(90), "90 s");
  EXPECT_EQ(ChosenTimeText(120), "2 min");
  EXPECT_EQ(ChosenTimeText(7200), "2 h");
}

TEST(FigureText, WhatIsNotAllIsNeverShownAsAll) {
  EXPECT_EQ(ShareText(1), "100 %");
  EXPECT_EQ(ShareText(0.9999999), "> 99.999 %");
  EXPECT_EQ(ShareText(0.99995), "99.995 %");
  EXPECT_EQ(ShareText(0.9998), "99.98 %");
  EXPECT_EQ(ShareText(0.5), "50.0 %");
  EXPECT_EQ(ShareText(0.0012), "0.12 %");
  EXPECT_EQ(ShareText(0), "0 %");
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
