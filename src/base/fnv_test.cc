#include "base/fnv.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Fnv, IsThatOfItsAuthors) {
  EXPECT_EQ(Fnv(""), 0xCBF29CE484222325ull);
  EXPECT_EQ(Fnv("a"), 0xAF63DC4C8601EC8Cull);
  EXPECT_EQ(Fnv("foobar"), 0x85944171F73967E8ull);
}

TEST(Fnv, GoesOnWhereItStopped) { EXPECT_EQ(Fnv("bar", Fnv("foo")), Fnv("foobar")); }

}  // namespace
}  // namespace shoal
