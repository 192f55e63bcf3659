#include "config/values.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(Values, ReadsDurationsWithTheirUnit) {
  EXPECT_EQ(*ParseDuration("250us"), 250us);
  EXPECT_EQ(*ParseDuration("500ms"), 500ms);
  EXPECT_EQ(*ParseDuration("5s"), 5s);
  EXPECT_EQ(*ParseDuration("2m"), 2min);
  EXPECT_EQ(*ParseDuration("1h"), 1h);
}

TEST(Values, RefusesDurationsWithoutUnitOrNumber) {
  for (const char* text : {"", "5", "s", "-5s", "1.5s", "5 s", "5S", "9223372036854775807h"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(Values, ReadsNumbersWithAFraction) {
  EXPECT_EQ(*ParseNumber("0.5"), 0.5);
  EXPECT_EQ(*ParseNumber("200"), 200);
  for (const char* text : {"", "half", "0,5", "1 ", "inf", "nan", "1e999"}) {
    EXPECT_FALSE(ParseNumber(text).ok()) << text;
  }
}

TEST(Values, ReadsSizesInBinaryUnits) {
  EXPECT_EQ(*ParseSize("0"), 0);
  EXPECT_EQ(*ParseSize("1048576"), 1048576);
  EXPECT_EQ(*ParseSize("64KiB"), 65536);
  EXPECT_EQ(*ParseSize("16MiB"), 16 << 20);
  EXPECT_EQ(*ParseSize("3GiB"), std::int64_t{3} << 30);
}

TEST(Values, RefusesSizesThatCouldBeReadInTwoWays) {
  for (const char* text : {"", "16MB", "16M", "16 MiB", "-1", "MiB", "9223372036854775807KiB"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

TEST(Values, CountsTheEditsBetweenWords) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("model", "model"), 0u);
}

TEST(Values, NamesTheNearestWordOnlyWhereOneIsNear) {
  const std::array<std::string, 3> words = {"model", "threads", "pin"};
  EXPECT_EQ(Nearest("thread", words), "threads");
  EXPECT_EQ(Nearest("modle", words), "model");
  EXPECT_EQ(Nearest("qqqq", words), "");
}

}  // namespace
}  // namespace shoal
