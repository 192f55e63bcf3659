#include "embed/lane_team.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <thread>

namespace shoal {
namespace {

TEST(LaneTeam, DoesEveryJobOnceInEveryRound) {
  LaneTeam team(3);
  std::vector<std::atomic<int>> done(1000);
  for (int round = 1; round <= 20; ++round) {
    team.Run(done.size(), [&](std::size_t, std::size_t index) { ++done[index]; });
    for (const std::atomic<int>& count : done) ASSERT_EQ(count, round);
  }
}

TEST(LaneTeam, JobsOfOneLaneNeverOverlap) {
  LaneTeam team(4);
  std::array<std::atomic<int>, 4> inside{};
  std::atomic<bool> overlapped{false};
  team.Run(5000, [&](std::size_t lane, std::size_t) {
    if (++inside[lane] != 1) overlapped = true;
    --inside[lane];
  });
  EXPECT_FALSE(overlapped);
}

TEST(LaneTeam, ALaneGoesOnWithTheNextListWhileAnotherEndsTheFirst) {
  LaneTeam team(2);
  std::latch first_begun(1);
  std::latch second_done(1);
  std::thread caller([&] {
    team.Run(1, [&](std::size_t, std::size_t) {
      first_begun.count_down();
      second_done.wait();
    });
  });
  first_begun.wait();
  team.Run(3, [](std::size_t, std::size_t) {});  // returns though the first list has not ended
  second_done.count_down();
  caller.join();
}

TEST(LaneTeam, NothingToDoIsDoneAtOnce) {
  LaneTeam team(2);
  team.Run(0, [](std::size_t, std::size_t) { FAIL() << "there is no job"; });
  EXPECT_EQ(team.lane_count(), 2u);
}

}  // namespace
}  // namespace shoal
