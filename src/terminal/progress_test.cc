#include "terminal/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Screen {
  explicit Screen(std::optional<std::uint64_t> total, TerminalStyle style = {})
      : progress({"embed", "texts", total, style}, clock,
                 [this](std::string_view text) { writes.emplace_back(text); }) {}

  ManualClock clock;
  std::vector<std::string> writes;
  Progress progress;
};

constexpr TerminalStyle kTerminal = {.is_terminal = true, .columns = 100};

TEST(Progress, WritesALineEveryFiveSecondsWhereNobodyLooks) {
  Screen screen(1000);
  for (int second = 1; second <= 10; ++second) {
    screen.clock.Advance(1s);
    screen.progress.Update(static_cast<std::uint64_t>(second) * 20);
  }
  EXPECT_THAT(screen.writes, ElementsAre("embed: 100/1000 texts (10 %), 20 texts/s, 45 s left\n",
                                         "embed: 200/1000 texts (20 %), 20 texts/s, 40 s left\n"));
}

TEST(Progress, RedrawsInPlaceOnATerminal) {
  Screen screen(10'000, kTerminal);
  screen.clock.Advance(5s);
  screen.progress.Update(4000);
  EXPECT_THAT(screen.writes,
              ElementsAre("\rembed  [########............]  40 %  4,000/10,000 texts  800/s  "
                          "ETA 0:08\x1b[K"));
  screen.clock.Advance(99ms);
  screen.progress.Update(4100);
  EXPECT_EQ(screen.writes.size(), 1u);
}

TEST(Progress, WithoutATotalThereIsNeitherBarNorEta) {
  Screen screen(std::nullopt, kTerminal);
  screen.clock.Advance(1s);
  screen.progress.Update(1234);
  EXPECT_THAT(screen.writes, ElementsAre("\rembed  1,234 texts  1,234/s\x1b[K"));
}

TEST(Progress, NeverExceedsTheWidthOfTheTerminal) {
  Screen screen(10'000, {.is_terminal = true, .columns = 20});
  screen.clock.Advance(1s);
  screen.progress.Update(5000);
  EXPECT_EQ(screen.writes[0], "\rembed  [##########.\x1b[K");
}

TEST(Progress, TheRateFollowsAChangeOfSpeedWithinSeconds) {
  Screen screen(1'000'000, kTerminal);
  std::uint64_t done = 0;
  for (int i = 0; i < 10; ++i) {
    screen.clock.Advance(1s);
    screen.progress.Update(done += 1000);
  }
  EXPECT_THAT(screen.writes.back(), HasSubstr("  1,000/s"));
  for (int i = 0; i < 3; ++i) {
    screen.clock.Advance(1s);
    screen.progress.Update(done += 100);
  }
  EXPECT_THAT(screen.writes.back(), HasSubstr("  550/s"));
}

TEST(Progress, FinishShowsTheRateOfTheWholeRunAndEndsTheLine) {
  Screen screen(100, kTerminal);
  screen.clock.Advance(1s);
  screen.progress.Update(90);
  screen.clock.Advance(1s);
  screen.progress.Update(100);
  screen.progress.Finish();
  EXPECT_THAT(screen.writes.back(), HasSubstr("100 %  100/100 texts  50/s\x1b[K\n"));
  EXPECT_THAT(screen.writes.back(), Not(HasSubstr("ETA")));
}

TEST(Progress, WhatIsOverAtOnceShowsNothing) {
  Screen screen(3);
  screen.clock.Advance(1s);
  screen.progress.Update(3);
  screen.progress.Finish();
  EXPECT_THAT(screen.writes, IsEmpty());
}

TEST(Decimals, AreAsManyAsAreAskedFor) {
  EXPECT_EQ(Decimals(2.5, 2), "2.50");
  EXPECT_EQ(Decimals(-0.96, 1), "-1.0");
  EXPECT_EQ(Decimals(1e300, 3).size(), 305u);
}

}  // namespace
}  // namespace shoal
