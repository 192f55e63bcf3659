#include "telemetry/request_log_sampler.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

TEST(RequestLogSampler, LetsSoManyThroughASecondAndCountsTheRest) {
  ManualClock clock;
  RequestLogSampler sampler(2);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(999));
  EXPECT_EQ(sampler.Admit(true, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(1));
  EXPECT_EQ(sampler.Admit(true, clock.Now()), 2u);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), 0u);
}

TEST(RequestLogSampler, FailuresAlwaysHaveALineAndTakeNoRoom) {
  ManualClock clock;
  RequestLogSampler sampler(1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sampler.Admit(false, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(false, clock.Now()), 1u);
}

TEST(RequestLogSampler, ZeroLeavesOutAllThatWentWell) {
  ManualClock clock;
  RequestLogSampler sampler(0);
  EXPECT_EQ(sampler.Admit(true, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(5000));
  EXPECT_EQ(sampler.Admit(true, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(false, clock.Now()), 2u);
}

}  // namespace
}  // namespace shoal
