#include "telemetry/lost_lines.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LostLines, AreToldOnceWhenOneGetsThroughAgain) {
  LostLines lines;
  lines.Tried(1, false, 0);
  lines.Tried(1, false, 0);
  EXPECT_EQ(lines.ToTell(0), 0u);
  lines.Tried(0, true, 0);
  EXPECT_EQ(lines.ToTell(0), 2u);
  lines.Told();
  EXPECT_EQ(lines.ToTell(0), 0u);
}

TEST(LostLines, ThoseThatTheQueueHadNoRoomForAreToldWhenNoneWaits) {
  LostLines lines;
  lines.Tried(0, true, 5);
  lines.Tried(0, true, 7);
  EXPECT_EQ(lines.ToTell(1), 0u);
  EXPECT_EQ(lines.ToTell(0), 7u);
  lines.Told();
  lines.Tried(0, true, 7);
  EXPECT_EQ(lines.ToTell(0), 0u);
}

}  // namespace
}  // namespace shoal
