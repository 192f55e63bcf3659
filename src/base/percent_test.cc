#include "base/percent.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(PercentDecoded, TakesTwoHexDigitsAndLeavesTheRest) {
  EXPECT_EQ(PercentDecoded("a%2Fb%2fc"), "a/b/c");
  EXPECT_EQ(PercentDecoded("%5B::1%5D"), "[::1]");
  EXPECT_EQ(PercentDecoded("100%"), "100%");
  EXPECT_EQ(PercentDecoded("%4"), "%4");
  EXPECT_EQ(PercentDecoded("%zz%-1"), "%zz%-1");
  EXPECT_EQ(PercentDecoded(""), "");
}

TEST(PathPartOf, MakesOnePartOfAPath) {
  EXPECT_EQ(PathPartOf("vm-0.a_b~Z"), "vm-0.a_b~Z");
  EXPECT_EQ(PathPartOf("a/b ?%"), "a%2Fb%20%3F%25");
  EXPECT_EQ(PercentDecoded(PathPartOf("größe\n")), "größe\n");
}

}  // namespace
}  // namespace shoal
