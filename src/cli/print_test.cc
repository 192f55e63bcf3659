#include "cli/print.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const Table kTable = {{"NAME", "LAST SEEN"}, {{"a \"b\"", "1"}, {"c", ""}}};

TEST(Print, JsonIsAnArrayOfObjectsWithTheColumnsAsKeys) {
  EXPECT_EQ(
      Render(kTable, "json", {}),
      "[{\"name\":\"a \\\"b\\\"\",\"last_seen\":\"1\"},{\"name\":\"c\",\"last_seen\":\"\"}]\n");
}

TEST(Print, PlainHasNoHeadingAndTableHasOne) {
  EXPECT_EQ(Render(kTable, "plain", {}), "a \"b\"\t1\nc\t\n");
  EXPECT_EQ(Render(kTable, "table", {}), "NAME   LAST SEEN\na \"b\"  1\nc\n");
}

}  // namespace
}  // namespace shoal
