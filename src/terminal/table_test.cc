#include "terminal/table.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const Table kTable = {{"NAME", "VALUE"}, {{"model", "a"}, {"größe", "tab\there"}}};

TEST(Table, AlignsColumnsByCharacterAndLeavesNoBlanksAtTheEnd) {
  EXPECT_EQ(AlignedTable(kTable, {}), "NAME   VALUE\nmodel  a\ngröße  tab\there\n");
}

TEST(Table, HeadingIsBoldOnlyWhereThereIsColour) {
  EXPECT_EQ(AlignedTable({{"A"}, {}}, {.is_terminal = true, .colour = true}), "\x1b[1mA\x1b[0m\n");
  EXPECT_EQ(AlignedTable({{"A"}, {}}, {.is_terminal = true}), "A\n");
}

TEST(Table, PlainIsOneRowALineWithEscapedCells) {
  EXPECT_EQ(PlainTable(kTable), "model\ta\ngröße\ttab\\there\n");
}

}  // namespace
}  // namespace shoal
