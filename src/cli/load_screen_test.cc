#include "cli/load_screen.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LoadScreen, IsDrawnInThePlaceOfTheLastOne) {
  const Frame frame = {{{"a"}, {"b", Look::kRed}}, {{"c", Look::kFaint}}};
  EXPECT_EQ(Redrawn(frame, 0, {.is_terminal = true}), "\rab\x1b[K\n\rc\x1b[K\n");
  EXPECT_EQ(Redrawn(frame, 2, {.is_terminal = true, .colour = true}),
            "\x1b[2A\ra\x1b[31mb\x1b[0m\x1b[K\n\rc\x1b[K\n");
}

}  // namespace
}  // namespace shoal
