#include "base/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal {
namespace {

TEST(Hex, WritesSixteenDigits) {
  EXPECT_EQ(Hex(0), "0000000000000000");
  EXPECT_EQ(Hex(0x0123456789ABCDEFull), "0123456789abcdef");
}

TEST(Hex, WritesTwoDigitsForEachByte) {
  EXPECT_EQ(Hex(std::array<std::uint8_t, 3>{0x00, 0x0A, 0xF7}), "000af7");
}

}  // namespace
}  // namespace shoal
