#include "load/load_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;

LoadPlan FourASecond() {
  return {.rate = 4, .arrival = ConstantArrivals{}, .duration = std::chrono::seconds(1)};
}

TEST(LoadPlan, APartHasEachOfSoManyTimes) {
  LoadPlan plan = FourASecond();
  plan.part = {.index = 1, .count = 2};
  EXPECT_THAT(ScheduleOf(plan), ElementsAre(microseconds(250'000), microseconds(750'000)));
}

TEST(LoadPlan, TheWarmUpIsBeforeTheRun) {
  LoadPlan plan = FourASecond();
  plan.warmup = std::chrono::milliseconds(500);
  EXPECT_THAT(ScheduleOf(plan),
              ElementsAre(microseconds(-500'000), microseconds(-250'000), microseconds(0),
                          microseconds(250'000), microseconds(500'000), microseconds(750'000)));
}

TEST(LoadPlan, WhatChangesInTheRunHasNotChangedBeforeIt) {
  LoadPlan plan = FourASecond();
  plan.rate = 1000;
  plan.arrival = StepArrivals{.at = microseconds(0), .to = 10};
  plan.warmup = std::chrono::seconds(1);
  const auto times = ScheduleOf(plan);
  const auto before = std::ranges::count_if(times, [](microseconds t) { return t.count() < 0; });
  EXPECT_NEAR(static_cast<double>(before), 1000, 150);
}

}  // namespace
}  // namespace shoal
