#include "scheduler/admission.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Cost kToken = kCostPerToken;
constexpr double kSpeed = 2 * kToken / 100.0;

// Two lanes, 100 µs a token each, so 10 ms for a batch of 100 tokens; nothing runs.
constexpr PoolView kPool = {
    .speed = kSpeed, .per_token_us = 100, .batch_cost = 100 * kToken, .lanes = 2};

Candidate Text(Cost tokens, std::chrono::microseconds until_deadline) {
  return {.cost = tokens * kToken,
          .longest_text = std::min<Cost>(tokens, 30) * kToken,
          .until_deadline = until_deadline};
}

AdmissionAnswer Decide(const Candidate& candidate, Cost tokens_ahead,
                       const PoolView& pool = kPool) {
  return Admit(candidate, pool,
               {.speed = kSpeed, .own_speed = kSpeed, .ahead = tokens_ahead * kToken});
}

TEST(Admission, AdmitsWhatAnIdlePoolFinishesJustInTime) {
  EXPECT_EQ(Decide(Text(30, 3ms), 0).admission, Admission::kAdmit);
}

TEST(Admission, WhatMustWaitIsReckonedWithAFullBatch) {
  EXPECT_EQ(Decide(Text(30, 9ms), 1).admission, Admission::kUnserviceable);
  EXPECT_EQ(Decide(Text(30, 11ms), 1).admission, Admission::kAdmit);
}

TEST(Admission, CallsUnserviceableWhatEvenAnIdlePoolCannotFinish) {
  EXPECT_EQ(Decide(Text(30, 2ms), 0).admission, Admission::kUnserviceable);
  // 1,100 tokens: 1,000 at the speed of both lanes (50 ms), then the last batch (10 ms).
  EXPECT_EQ(Decide(Text(1100, 59ms), 0).admission, Admission::kUnserviceable);
  EXPECT_EQ(Decide(Text(1100, 60ms), 0).admission, Admission::kAdmit);
}

TEST(Admission, ALongTextIsNotSplitOverLanes) {
  const Candidate long_text = {
      .cost = 250 * kToken, .longest_text = 250 * kToken, .until_deadline = 24ms};
  EXPECT_EQ(Decide(long_text, 0).admission, Admission::kUnserviceable);
}

TEST(Admission, ARoundTripIsNeededToo) {
  PoolView far = kPool;
  far.round_trip = 3ms;
  EXPECT_EQ(Decide(Text(30, 5ms), 0, far).admission, Admission::kUnserviceable);
  EXPECT_EQ(Decide(Text(30, 6ms), 0, far).admission, Admission::kAdmit);
}

TEST(Admission, AShortDeadlineWaitsForHalfOfItsSpareTime) {
  // 50 ms to the deadline, 10 ms of its own: 40 ms spare, so 20 ms of waiting = 400 tokens ahead.
  EXPECT_EQ(Decide(Text(30, 50ms), 400).admission, Admission::kAdmit);
  EXPECT_EQ(Decide(Text(30, 50ms), 401).admission, Admission::kOverloaded);
}

TEST(Admission, ALongDeadlineKeepsNoMoreThanASliceAndATenth) {
  // 600 ms to the deadline: 590 ms spare, guard 80 + 60, so 450 ms of waiting = 9,000 tokens ahead.
  EXPECT_EQ(Decide(Text(30, 600ms), 9000).guard, 140ms);
  EXPECT_EQ(Decide(Text(30, 600ms), 9001).admission, Admission::kOverloaded);
}

TEST(Admission, NobodyUrgentWaitsLongerThanASecond) {
  EXPECT_EQ(Decide(Text(30, 5s), 20'000).admission, Admission::kAdmit);
  EXPECT_EQ(Decide(Text(30, 5s), 20'001).admission, Admission::kOverloaded);
}

TEST(Admission, ASlowModelMayMakeItsCallersWaitForFourBatches) {
  PoolView slow = kPool;
  slow.alpha_us = 490'000;  // a full batch takes half a second
  EXPECT_EQ(Decide(Text(30, 5s), 40'000, slow).admission, Admission::kAdmit);
  EXPECT_EQ(Decide(Text(30, 5s), 40'001, slow).admission, Admission::kOverloaded);
}

TEST(Admission, PatientWorkMayWait) {
  Candidate patient = Text(30, 30s);  // 29.99 s spare, guard 80 ms + 3 s: 26.91 s = 538,200 tokens
  patient.urgent = false;
  EXPECT_EQ(Decide(patient, 538'200).admission, Admission::kAdmit);
  EXPECT_EQ(Decide(patient, 538'201).admission, Admission::kOverloaded);
}

TEST(Admission, WorkUnderWayCountsAsWaiting) {
  PoolView busy = kPool;
  busy.running = 21ms;
  EXPECT_EQ(Decide(Text(30, 50ms), 0, busy).admission, Admission::kOverloaded);
}

TEST(Admission, TheHintIsTheTimeUntilTheQueueIsShortEnough) {
  // 600 tokens ahead are 30 ms of waiting; 20 ms would do.
  EXPECT_EQ(Decide(Text(30, 50ms), 600).retry_after, 10ms);
}

TEST(Admission, WhatNeedsMoreThanItsDeadlineIsToldWhatIsMissing) {
  // 9 ms to the deadline, 10 ms of its own, 5 ms of waiting.
  EXPECT_EQ(Decide(Text(30, 9ms), 100).retry_after, 6ms);
}

}  // namespace
}  // namespace shoal
