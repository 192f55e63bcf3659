#include "base/hex.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Hex, WritesSixteenDigits) {
  EXPECT_EQ(Hex(0), "0000000000000000");
  EXPECT_EQ(Hex(0x0123456789ABCDEFull), "0123456789abcdef");
}

}  // namespace
}  // namespace shoal
