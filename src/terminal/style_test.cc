#include "terminal/style.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(TerminalStyle, ColourNeedsATerminalThatIsNotDumbAndNoObjection) {
  EXPECT_TRUE(StyleFor(true, nullptr, "xterm", 80).colour);
  EXPECT_TRUE(StyleFor(true, "", "xterm", 80).colour);
  EXPECT_FALSE(StyleFor(true, "1", "xterm", 80).colour);
  EXPECT_FALSE(StyleFor(false, nullptr, "xterm", 80).colour);
  EXPECT_FALSE(StyleFor(true, nullptr, "dumb", 80).colour);
  EXPECT_FALSE(StyleFor(true, nullptr, nullptr, 80).colour);
}

TEST(TerminalStyle, NoColorStillRedrawsButADumbTerminalDoesNot) {
  EXPECT_TRUE(StyleFor(true, "1", "xterm", 80).is_terminal);
  EXPECT_FALSE(StyleFor(true, nullptr, "dumb", 80).is_terminal);
}

TEST(TerminalStyle, UnknownWidthIsEighty) {
  EXPECT_EQ(StyleFor(true, nullptr, "xterm", 0).columns, 80);
  EXPECT_EQ(StyleFor(true, nullptr, "xterm", 132).columns, 132);
}

TEST(TerminalStyle, ColoursOnlyWhereTheStyleHasColour) {
  EXPECT_EQ(Coloured("x", Colour::kRed, {.colour = true}), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Coloured("x", Colour::kRed, {}), "x");
}

}  // namespace
}  // namespace shoal
