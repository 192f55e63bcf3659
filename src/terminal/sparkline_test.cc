#include "terminal/sparkline.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

using Values = std::vector<std::optional<double>>;

TEST(Sparkline, IsScaledFromZeroToTheGreatest) {
  EXPECT_EQ(Sparkline(Values{0, 1, 2, 3, 4, 5, 6, 7}, CharacterSet::kUtf8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(Sparkline(Values{0, 700, 350}, CharacterSet::kAscii), "_#=");
}

TEST(Sparkline, ZeroIsLowestAndNothingElseIs) {
  EXPECT_EQ(Sparkline(Values{0, 0.001, 1000}, CharacterSet::kUtf8), "▁▂█");
  EXPECT_EQ(Sparkline(Values{0, 0}, CharacterSet::kUtf8), "▁▁");
}

TEST(Sparkline, WhatIsNotKnownIsBlank) {
  EXPECT_EQ(Sparkline(Values{std::nullopt, 1, std::nullopt}, CharacterSet::kUtf8), " █ ");
  EXPECT_EQ(Sparkline(Values{}, CharacterSet::kUtf8), "");
}

}  // namespace
}  // namespace shoal
