#include "load/made_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

TEST(MadeText, HasAWordForEachTokenButTheTwoSpecialOnes) {
  Rng rng(1);
  EXPECT_EQ(MadeText(2, rng), "");
  const std::string text = MadeText(32, rng);
  EXPECT_EQ(std::count(text.begin(), text.end(), ' '), 29);
  EXPECT_NE(MadeText(32, rng), text);
}

TEST(MadeText, OfOneSeedIsTheSame) {
  Rng a(5), b(5);
  EXPECT_EQ(MadeText(20, a), MadeText(20, b));
}

}  // namespace
}  // namespace shoal
