#include "telemetry/request_log_sampler.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

TEST(RequestLogSampler, LetsSoManyThroughASecondAndCountsTheRest) {
  ManualClock clock;
  RequestLogSampler sampler(2);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(999));
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(1));
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 2u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
}

TEST(RequestLogSampler, RefusalsHaveRoomOfTheirOwn) {
  ManualClock clock;
  RequestLogSampler sampler(1);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(Verdict::kOverloaded, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kOverloaded, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(Verdict::kOverloaded, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(1000));
  EXPECT_EQ(sampler.Admit(Verdict::kOverloaded, clock.Now()), 2u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 1u);
}

TEST(RequestLogSampler, SoHaveThoseWhoseClientWentAway) {
  ManualClock clock;
  RequestLogSampler sampler(1);
  EXPECT_EQ(sampler.Admit(Verdict::kCancelled, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kCancelled, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
}

TEST(RequestLogSampler, FailuresAlwaysHaveALineAndTakeNoRoom) {
  ManualClock clock;
  RequestLogSampler sampler(1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sampler.Admit(Verdict::kInternal, clock.Now()), 0u);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), 0u);
}

TEST(RequestLogSampler, ZeroLeavesOutAllThatDidNotFail) {
  ManualClock clock;
  RequestLogSampler sampler(0);
  EXPECT_EQ(sampler.Admit(Verdict::kOk, clock.Now()), std::nullopt);
  clock.Advance(milliseconds(5000));
  EXPECT_EQ(sampler.Admit(Verdict::kOverloaded, clock.Now()), std::nullopt);
  EXPECT_EQ(sampler.Admit(Verdict::kInternal, clock.Now()), 0u);
}

}  // namespace
}  // namespace shoal
