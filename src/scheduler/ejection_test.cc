#include "scheduler/ejection.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(Ejection, NeverSendsAwayTheLastNorBelowHalf) {
  EXPECT_FALSE(MayEject(1, 1, 0));
  EXPECT_TRUE(MayEject(1, 2, 0));
  EXPECT_TRUE(MayEject(1, 3, 0));
  EXPECT_TRUE(MayEject(1, 3, 1));   // 2 of 4 are left
  EXPECT_FALSE(MayEject(1, 2, 1));  // 1 of 3 would be left
  EXPECT_FALSE(MayEject(3, 4, 0));
}

TEST(Ejection, LastsTwiceAsLongEachTimeUpToAMinute) {
  EjectionTable table;
  EXPECT_EQ(table.Eject(0s, "a", 1), 1s);
  EXPECT_EQ(table.Eject(10s, "a", 1), 2s);
  EXPECT_EQ(table.StayAway(11s, "a"), 1s);
  EXPECT_EQ(table.StayAway(13s, "a"), 0s);
  for (int i = 0; i < 10; ++i) table.Eject(20s, "a", 1);
  EXPECT_EQ(table.Eject(20s, "a", 1), 60s);
  EXPECT_EQ(table.StayAway(20s, "b"), 0s);
}

TEST(Ejection, TenGoodBatchesMakeUpForIt) {
  EjectionTable table;
  table.Eject(0s, "a", 1);
  for (int i = 0; i < 9; ++i) table.OnGoodBatch("a");
  EXPECT_FALSE(table.empty());
  table.OnGoodBatch("a");
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.Eject(9s, "a", 1), 1s);
}

TEST(Ejection, CountsTheLanesThatAreAway) {
  EjectionTable table;
  table.Eject(0s, "a", 2);
  table.Eject(500ms, "b", 3);
  EXPECT_EQ(table.LanesAway(600ms), 5);
  EXPECT_EQ(table.LanesAway(1200ms), 3);
  EXPECT_EQ(table.LanesAway(2s), 0);
}

TEST(Ejection, RemembersABoundedNumberOfWorkers) {
  EjectionTable table;
  for (int i = 0; i < 3000; ++i) {
    table.Eject(std::chrono::microseconds(i), "worker-" + std::to_string(i), 1);
  }
  EXPECT_EQ(table.LanesAway(3ms), 1024);
}

}  // namespace
}  // namespace shoal
