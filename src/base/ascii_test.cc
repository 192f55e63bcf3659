#include "base/ascii.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(AsciiLower, ChangesLettersOfAsciiAndNothingElse) {
  EXPECT_EQ(AsciiLower("Content-TYPE @[`{ \xC3\x84"), "content-type @[`{ \xC3\x84");
}

}  // namespace
}  // namespace shoal
