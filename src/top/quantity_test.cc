#include "top/quantity.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Quantity, CountsAreShortAndLoseNoOrderOfMagnitude) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(0.01), "<0.1");
  EXPECT_EQ(CountText(0.4), "0.4");
  EXPECT_EQ(CountText(9.94), "9.9");
  EXPECT_EQ(CountText(411.6), "412");
  EXPECT_EQ(CountText(12345), "12,345");
  EXPECT_EQ(CountText(999'999.4), "999,999");
  EXPECT_EQ(CountText(999'999.6), "1.00 M");
  EXPECT_EQ(CountText(1.2345e7), "12.3 M");
  EXPECT_EQ(CountText(4.5e9), "4.50 G");
}

TEST(Quantity, TimesHaveTheirUnit) {
  EXPECT_EQ(MillisecondsText(0), "0 ms");
  EXPECT_EQ(MillisecondsText(0.01), "<0.1 ms");
  EXPECT_EQ(MillisecondsText(0.44), "0.4 ms");
  EXPECT_EQ(MillisecondsText(38.2), "38 ms");
  EXPECT_EQ(MillisecondsText(999.6), "1.00 s");
  EXPECT_EQ(MillisecondsText(12'340), "12.3 s");
  EXPECT_EQ(StretchText(23.9), "23 s");
  EXPECT_EQ(StretchText(300), "5 min");
  EXPECT_EQ(StretchText(7500), "2 h 05 min");
  EXPECT_EQ(StretchText(86'400 * 3 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(TimeOfDay(43'384, 0), "12:03:04");
  EXPECT_EQ(TimeOfDay(43'384, -12 * 3600 - 300), "23:58:04");
}

TEST(Quantity, BytesAreInPowersOfTwo) {
  EXPECT_EQ(BytesText(512), "512 B");
  EXPECT_EQ(BytesText(2048), "2 KiB");
  EXPECT_EQ(BytesText(123u << 20), "123 MiB");
  EXPECT_EQ(BytesText(1288490189), "1.2 GiB");
}

TEST(Quantity, OneIsNotMany) {
  EXPECT_EQ(Counted(1, "worker"), "1 worker");
  EXPECT_EQ(Counted(3, "worker"), "3 workers");
}

}  // namespace
}  // namespace shoal
