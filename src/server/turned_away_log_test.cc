#include "server/turned_away_log.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Shortened, KeepsWhatFits) {
  EXPECT_EQ(Shortened("", 0), "");
  EXPECT_EQ(Shortened("abc", 3), "abc");
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("abcd", 3), "abc...");
  EXPECT_EQ(Shortened("a\u00e9b", 2), "a...");
  EXPECT_EQ(Shortened("\u20ac\u20ac", 5), "\u20ac...");
}

TEST(Shortened, EndsAlsoWhereNoCharacterBegins) { EXPECT_EQ(Shortened("\x80\x80\x80", 2), "..."); }

}  // namespace
}  // namespace shoal
