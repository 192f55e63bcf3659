#include "base/secret.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

TEST(SameSecret, IsTheSameByteForByteOnly) {
  EXPECT_TRUE(SameSecret("secret", "secret"));
  for (const char* const other : {"", "s", "secre", "Secret", "secrets", "terces"}) {
    EXPECT_FALSE(SameSecret(other, "secret")) << other;
    EXPECT_FALSE(SameSecret("secret", other)) << other;
  }
}

TEST(SameSecret, SeesWhatStandsBehindAZero) {
  EXPECT_FALSE(SameSecret("a", std::string_view("a\0", 2)));
  EXPECT_FALSE(SameSecret(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace shoal
