#include "telemetry/sampled_count.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(SampledCount, TheFirstIsSaidAtOnceAndTheRestOnceASecond) {
  ManualClock clock;
  SampledCount count(clock);
  EXPECT_EQ(count.Add(), 1u);
  clock.Advance(999ms);
  EXPECT_EQ(count.Add(), std::nullopt);
  clock.Advance(1ms);
  EXPECT_EQ(count.Add(), 2u);
  EXPECT_EQ(count.Add(), std::nullopt);
}

TEST(SampledCount, ManyAtOnceAreAsMany) {
  ManualClock clock;
  SampledCount count(clock, 60s);
  EXPECT_EQ(count.Add(5), 5u);
  clock.Advance(59s);
  EXPECT_EQ(count.Add(3), std::nullopt);
  clock.Advance(1s);
  EXPECT_EQ(count.Add(2), 5u);
}

TEST(SampledCount, WhatWasNotSaidIsSaidAtTheEnd) {
  ManualClock clock;
  SampledCount count(clock);
  EXPECT_EQ(count.TakeRest(), std::nullopt);
  count.Add();
  EXPECT_EQ(count.TakeRest(), std::nullopt) << "the first was said";
  count.Add();
  count.Add();
  EXPECT_EQ(count.TakeRest(), 2u);
  EXPECT_EQ(count.TakeRest(), std::nullopt);
}

}  // namespace
}  // namespace shoal
