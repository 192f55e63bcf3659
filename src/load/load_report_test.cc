#include "load/load_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

LoadSample Answered(milliseconds intended, milliseconds sent, milliseconds answered) {
  return {.intended = intended, .sent = sent, .answered = answered, .tokens = 10, .texts = 3};
}

TEST(LoadReport, PercentilesAreOfTheNearestRank) {
  std::vector<microseconds> times;
  for (int i = 1000; i >= 1; --i) times.emplace_back(i * 1000);
  const Percentiles found = PercentilesOf(times);
  EXPECT_DOUBLE_EQ(found.p50, 0.5);
  EXPECT_DOUBLE_EQ(found.p99, 0.99);
  EXPECT_DOUBLE_EQ(found.p999, 0.999);
  EXPECT_DOUBLE_EQ(found.max, 1.0);
  times.clear();
  EXPECT_EQ(PercentilesOf(times).max, 0);
}

TEST(LoadReport, GoodIsOkAndRightAndInTimeFromTheIntendedStart) {
  LoadSample wrong = Answered(milliseconds(0), milliseconds(0), milliseconds(10));
  wrong.wrong = true;
  LoadSample refused = Answered(milliseconds(0), milliseconds(0), milliseconds(1));
  refused.code = StatusCode::kResourceExhausted;
  const LoadReport report = Summarise(
      {Answered(milliseconds(0), milliseconds(0), milliseconds(90)),
       Answered(milliseconds(0), milliseconds(50),
                milliseconds(120)),  // late from its intended start
       Answered(milliseconds(1990), milliseconds(1990), milliseconds(2050)),  // after the duration
       wrong, refused},
      {.duration = seconds(2), .deadline = milliseconds(100), .offered = 6});
  EXPECT_EQ(report.offered, 6u);
  EXPECT_EQ(report.sent, 5u);
  EXPECT_EQ(report.ok, 4u);
  EXPECT_EQ(report.good, 2u);
  EXPECT_EQ(report.wrong_vectors, 1u);
  EXPECT_EQ(report.late_starts, 1u);
  EXPECT_FALSE(report.valid);
  EXPECT_DOUBLE_EQ(report.goodput_per_second, 0.5);
  EXPECT_DOUBLE_EQ(report.texts_per_second, 1.5);
  EXPECT_DOUBLE_EQ(report.tokens_per_second, 5);
  EXPECT_DOUBLE_EQ(report.latency.max, 0.12);
  EXPECT_DOUBLE_EQ(report.service.max, 0.09);
  EXPECT_DOUBLE_EQ(report.refusal.max, 0.001);
  EXPECT_THAT(report.verdicts,
              testing::ElementsAre(testing::Pair("ok", 4), testing::Pair("resource_exhausted", 1)));
}

LoadSample Ended(milliseconds answered, StatusCode code) {
  LoadSample sample = Answered(milliseconds(0), milliseconds(0), answered);
  sample.code = code;
  return sample;
}

TEST(LoadReport, EachSampleHasOneVerdict) {
  const auto verdict = [](const LoadSample& sample) { return VerdictOf(sample, milliseconds(50)); };
  LoadSample wrong = Ended(milliseconds(10), StatusCode::kOk);
  wrong.wrong = true;
  LoadSample cancelled = Ended(milliseconds(10), StatusCode::kCancelled);
  EXPECT_EQ(verdict(cancelled), SampleVerdict::kFailed) << "somebody else did";
  cancelled.cancelled = true;
  EXPECT_EQ(verdict(Ended(milliseconds(50), StatusCode::kOk)), SampleVerdict::kGood);
  EXPECT_EQ(verdict(Ended(milliseconds(51), StatusCode::kOk)), SampleVerdict::kLate);
  EXPECT_EQ(verdict(wrong), SampleVerdict::kWrong);
  EXPECT_EQ(verdict(Ended(milliseconds(1), StatusCode::kResourceExhausted)),
            SampleVerdict::kRefused);
  EXPECT_EQ(verdict(Ended(milliseconds(1), StatusCode::kUnavailable)), SampleVerdict::kRefused);
  EXPECT_EQ(verdict(Ended(milliseconds(1), StatusCode::kInternal)), SampleVerdict::kFailed);
  EXPECT_EQ(verdict(cancelled), SampleVerdict::kCancelled);
}

TEST(LoadReport, ARequestIsOfferedInOneSecondAndAnsweredInAnother) {
  LoadSample retried = Answered(milliseconds(900), milliseconds(1000), milliseconds(2500));
  retried.attempts = 3;
  retried.validated = true;
  const LoadReport report =
      Summarise({retried, Ended(milliseconds(100), StatusCode::kInternal)},
                {.duration = seconds(1), .deadline = milliseconds(100), .offered = 2});
  ASSERT_EQ(report.per_second.size(), 3u) << "until the last answer";
  EXPECT_EQ(report.per_second[0].offered, 2u);
  EXPECT_EQ(report.per_second[0].sent, 1u);
  EXPECT_EQ(report.per_second[0].failed, 1u);
  EXPECT_EQ(report.per_second[1].sent, 1u);
  EXPECT_EQ(report.per_second[2].ok, 1u);
  EXPECT_EQ(report.per_second[2].late, 1u);
  EXPECT_DOUBLE_EQ(report.per_second[2].latency.p50, 1.6);
  EXPECT_EQ(report.late, 1u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(report.attempts, 4u);
  EXPECT_EQ(report.retries, 2u);
  EXPECT_EQ(report.validated, 1u);
}

TEST(LoadReport, WhatTheGeneratorCancelledIsNoAnswer) {
  LoadSample cancelled = Ended(milliseconds(10), StatusCode::kOk);
  cancelled.cancelled = true;
  const LoadReport report = Summarise({cancelled}, {.duration = seconds(1), .offered = 1});
  EXPECT_EQ(report.cancelled, 1u);
  EXPECT_EQ(report.ok + report.failed + report.good, 0u);
  EXPECT_THAT(report.verdicts, testing::ElementsAre(testing::Pair("cancelled", 1)));
  EXPECT_TRUE(report.percentiles.empty());
}

// Against a sort of what was measured, as exact as it can be.
TEST(LoadReport, ThePercentileCurveIsThatOfTheSortedAnswers) {
  Rng rng(7);
  std::vector<LoadSample> samples;
  std::vector<microseconds> latencies;
  for (int i = 0; i < 25'000; ++i) {
    latencies.emplace_back(1 + rng.Below(3'000'000));
    samples.push_back({.sent = microseconds(1), .answered = latencies.back()});
  }
  std::sort(latencies.begin(), latencies.end());
  const LoadReport report = Summarise(samples, {.duration = seconds(3), .offered = 25'000});
  ASSERT_EQ(report.percentiles.size(), 41u);
  EXPECT_NEAR(report.percentiles[10].quantile, 0.9, 1e-9);
  EXPECT_NEAR(report.percentiles[40].quantile, 0.9999, 1e-9);
  for (const CurvePoint& point : report.percentiles) {
    const auto rank = std::max(1.0, std::ceil(point.quantile * 25'000 - 1e-6));
    const microseconds exact = latencies[static_cast<std::size_t>(rank) - 1];
    EXPECT_DOUBLE_EQ(point.latency, static_cast<double>(exact.count()) * 1e-6);
    EXPECT_NEAR(point.service, point.latency - 1e-6, 1e-9);
  }
}

TEST(LoadReport, TheCurveEndsAtTheSlowestAnswer) {
  const LoadReport report = Summarise({Answered(milliseconds(0), milliseconds(0), milliseconds(4)),
                                       Answered(milliseconds(0), milliseconds(0), milliseconds(8))},
                                      {.duration = seconds(1), .offered = 2});
  ASSERT_EQ(report.percentiles.size(), 5u) << "0, 21, 37, 50 and 60 %";
  EXPECT_DOUBLE_EQ(report.percentiles[0].latency, 0.004);
  EXPECT_DOUBLE_EQ(report.percentiles[4].latency, 0.008);
}

}  // namespace
}  // namespace shoal
