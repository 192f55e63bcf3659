#include "scheduler/poison.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(Poison, TheThirdBlameBans) {
  PoisonTable table;
  EXPECT_EQ(table.Blame(1s, 5), 1);
  EXPECT_EQ(table.Blame(2s, 5), 2);
  EXPECT_FALSE(table.Banned(2s, 5));
  EXPECT_EQ(table.Blame(3s, 5), 3);
  EXPECT_TRUE(table.Banned(3s, 5));
  EXPECT_FALSE(table.Banned(3s, 6));
}

TEST(Poison, ASuccessClears) {
  PoisonTable table;
  table.Blame(1s, 5);
  table.Blame(1s, 5);
  table.Clear(5);
  EXPECT_EQ(table.blame(1s, 5), 0);
  EXPECT_TRUE(table.empty());
}

TEST(Poison, ABanEndsAfterTenMinutesAndStartsFromZero) {
  PoisonTable table;
  for (int i = 0; i < 3; ++i) table.Blame(1s, 5);
  EXPECT_TRUE(table.Banned(601s, 5));
  EXPECT_FALSE(table.Banned(602s, 5));
  EXPECT_EQ(table.Blame(603s, 5), 1);
}

TEST(Poison, ForgetsWhoWasBlamedLongestAgo) {
  PoisonTable table;
  for (std::uint64_t text = 1; text <= 1025; ++text) table.Blame(1s, text);
  EXPECT_EQ(table.blame(1s, 1), 0);
  EXPECT_EQ(table.blame(1s, 2), 1);
  EXPECT_EQ(table.blame(1s, 1025), 1);
}

}  // namespace
}  // namespace shoal
