#include "cli/server_setup.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(AsWorkerName, KeepsANameAndReplacesTheBytesThatNoNameHas) {
  EXPECT_EQ(AsWorkerName("node-7.rack_2.Example"), "node-7.rack_2.Example");
  EXPECT_EQ(AsWorkerName("caf\xE9 \"x\"\n"), "caf---x--");
  EXPECT_EQ(AsWorkerName(""), "localhost");
}

}  // namespace
}  // namespace shoal
