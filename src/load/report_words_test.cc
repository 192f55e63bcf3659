#include "load/report_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

LoadReport Calm() {
  return {.offered = 12'000,
          .sent = 12'000,
          .ok = 12'000,
          .good = 12'000,
          .goodput_per_second = 200,
          .latency = {.p99 = 0.038},
          .duration_seconds = 60,
          .deadline_seconds = 0.5};
}

JudgedThreshold OverBound() {
  return {.expression = "p99>50ms",
          .figure = "p99",
          .measured = "128 ms",
          .bound = "50 ms",
          .ratio = 2.56,
          .failed = true};
}

TEST(ReportWords, ARunWhoseRequestsWereAllInTimeHasPassed) {
  const ReportWords words = WordsOf(Calm());
  EXPECT_EQ(words.state, ReportState::kPassed);
  EXPECT_EQ(words.headline, "12,000 of 12,000 requests answered within 500 ms, p99 38.0 ms");
  EXPECT_EQ(words.detail,
            "None was refused, late or failed. Over 1 min, 200 requests a second were offered and "
            "200 answered within 500 ms.");
}

TEST(ReportWords, ARunThatAThresholdEndedHasFailedHoweverItsFiguresEnd) {
  LoadReport report = Calm();
  report.thresholds = {{.expression = "p99>50ms", .figure = "p99", .measured = "38 ms"}};
  report.ended_as = "p99 was 51 ms, fails above 50 ms";
  EXPECT_EQ(WordsOf(report).state, ReportState::kFailed);
  EXPECT_EQ(WordsOf(report).headline, "ended before its time, as p99 was 51 ms, fails above 50 ms");
}

TEST(ReportWords, WithoutDeadlineAndThresholdsNobodySaidWhatWouldDo) {
  LoadReport report = Calm();
  report.deadline_seconds = 0;
  EXPECT_EQ(WordsOf(report).state, ReportState::kMeasured);
  EXPECT_EQ(WordsOf(report).headline, "12,000 of 12,000 requests answered, p99 38.0 ms");
}

TEST(ReportWords, WhatWasNotInTimeIsCountedByItsEnd) {
  LoadReport report = Calm();
  report.good = 11'000;
  report.ok = 11'010;
  report.late = 10;
  report.refused = 987;
  report.failed = 3;
  report.refusal = {.p50 = 0.0012, .p99 = 0.0018};
  const ReportWords words = WordsOf(report);
  EXPECT_EQ(words.state, ReportState::kMeasured);
  EXPECT_EQ(words.detail,
            "987 were refused, 10 came too late and 3 failed. Over 1 min, 200 requests a second "
            "were offered and 200 answered within 500 ms. Refusals took 1.20 ms at p50 and 1.80 ms "
            "at p99.");
}

TEST(ReportWords, AFailedThresholdIsTheHeadline) {
  LoadReport report = Calm();
  report.thresholds = {OverBound()};
  EXPECT_EQ(WordsOf(report).state, ReportState::kFailed);
  EXPECT_EQ(WordsOf(report).headline, "p99 128 ms is over 50 ms");
  report.thresholds.push_back(OverBound());
  EXPECT_EQ(WordsOf(report).headline, "p99 128 ms is over 50 ms, and 1 more threshold failed");
  report.thresholds = {OverBound()};
  report.thresholds[0].measured = "";
  EXPECT_EQ(WordsOf(report).headline, "there is no p99");
  report.thresholds = {OverBound()};
  report.thresholds[0].failed = false;
  EXPECT_EQ(WordsOf(report).state, ReportState::kPassed);
}

TEST(ReportWords, WrongVectorsFailARun) {
  LoadReport report = Calm();
  report.wrong_vectors = 1;
  report.good = 11'999;
  EXPECT_EQ(WordsOf(report).state, ReportState::kFailed);
  EXPECT_EQ(WordsOf(report).headline, "1 answer held wrong vectors");
  report.wrong_example = "line 2: cosine 0.5";
  EXPECT_THAT(WordsOf(report).detail,
              testing::HasSubstr("p99 38.0 ms. The first: line 2: cosine 0.5. "));
}

TEST(ReportWords, ARunWithoutAnAnswerHasFailed) {
  LoadReport report = Calm();
  report.ok = report.good = 0;
  report.refused = 12'000;
  EXPECT_EQ(WordsOf(report).headline, "none of 12,000 requests was answered within 500 ms");
  EXPECT_EQ(WordsOf(report).state, ReportState::kFailed);
}

TEST(ReportWords, AGeneratorThatLaggedJudgesNobody) {
  LoadReport report = Calm();
  report.valid = false;
  report.late_starts = 504;
  report.thresholds = {OverBound()};
  EXPECT_EQ(WordsOf(report).state, ReportState::kInvalid);
  EXPECT_EQ(WordsOf(report).headline, "4.20 % of the requests started late");
  EXPECT_EQ(WordsOf(LoadReport()).headline, "no request was sent");
}

}  // namespace
}  // namespace shoal
