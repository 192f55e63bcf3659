#include "process/restart_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr RestartPlan::TimePoint kNow{1h};

RestartPlan Running(std::size_t slot_count) {
  RestartPlan plan(slot_count);
  for (std::size_t slot = 0; slot < slot_count; ++slot) plan.Started(slot);
  return plan;
}

TEST(RestartPlan, StartsEverySlotAtOnceAndThenLeavesThemAlone) {
  EXPECT_THAT(RestartPlan(3).Due(kNow), ElementsAre(0, 1, 2));
  EXPECT_THAT(Running(3).Due(kNow), IsEmpty());
  EXPECT_EQ(Running(3).NextStart(), std::nullopt);
}

TEST(RestartPlan, TheFirstRestartIsAtOnceAndOnlyOfTheSlotThatDied) {
  RestartPlan plan = Running(3);
  plan.Died(1, kNow);
  EXPECT_THAT(plan.Due(kNow), ElementsAre(1));
}

TEST(RestartPlan, ASecondDeathBeforeReadyWaits) {
  RestartPlan plan = Running(2);
  plan.Died(1, kNow);
  plan.Started(1);
  plan.Died(1, kNow);
  EXPECT_THAT(plan.Due(kNow + 99ms), IsEmpty());
  EXPECT_EQ(plan.NextStart(), kNow + 100ms);
  EXPECT_THAT(plan.Due(kNow + 100ms), ElementsAre(1));
}

TEST(RestartPlan, SlotsWaitApart) {
  RestartPlan plan = Running(2);
  plan.Died(0, kNow);
  plan.Started(0);
  plan.Died(0, kNow);
  plan.Died(1, kNow);
  EXPECT_EQ(plan.NextStart(), kNow);
  EXPECT_THAT(plan.Due(kNow), ElementsAre(1));
}

TEST(RestartPlan, ReadyForgivesTheNextDeath) {
  RestartPlan plan = Running(1);
  plan.Died(0, kNow);
  plan.Started(0);
  plan.Ready(0);
  plan.Died(0, kNow);
  EXPECT_THAT(plan.Due(kNow), ElementsAre(0));
}

TEST(RestartPlan, AWordOfReadinessThatComesAfterTheDeathForgivesNothing) {
  RestartPlan plan = Running(1);
  plan.Died(0, kNow);
  plan.Ready(0);
  plan.Started(0);
  plan.Died(0, kNow);
  EXPECT_EQ(plan.NextStart(), kNow + 100ms);
}

TEST(RestartPlan, AChildThatCannotBeStartedBacksOffToo) {
  RestartPlan plan = Running(1);
  plan.Died(0, kNow);
  plan.Died(0, kNow);
  EXPECT_EQ(plan.NextStart(), kNow + 100ms);
}

TEST(RestartPlan, StartsNothingOnceStopped) {
  RestartPlan plan = Running(2);
  plan.Died(0, kNow);
  plan.Stop();
  EXPECT_THAT(plan.Due(kNow + 1h), IsEmpty());
  EXPECT_EQ(plan.NextStart(), std::nullopt);
}

}  // namespace
}  // namespace shoal
