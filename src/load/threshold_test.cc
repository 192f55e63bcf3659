#include "load/threshold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

Threshold Parsed(std::string_view text) {
  const Result<Threshold> threshold = ParseThreshold(text);
  CHECK(threshold.ok(), threshold.status().message());
  return *threshold;
}

std::string Refusal(std::string_view text) { return ParseThreshold(text).status().message(); }

LoadFigures Calm() {
  return {.offered = 1000,
          .ok = 1000,
          .good = 1000,
          .goodput_per_second = 100,
          .texts_per_second = 200,
          .latency = {.p50 = 0.01, .p90 = 0.02, .p99 = 0.128, .p999 = 0.2, .max = 0.3}};
}

std::vector<std::string> Found(std::string_view threshold, const LoadFigures& figures) {
  return Breaches({Parsed(threshold)}, figures);
}

TEST(Threshold, OfATimeHasAUnit) {
  EXPECT_DOUBLE_EQ(Parsed("p99>50ms").bound, 0.05);
  EXPECT_DOUBLE_EQ(Parsed("max>=1.5s").bound, 1.5);
  EXPECT_DOUBLE_EQ(Parsed("p50 < 200 us").bound, 0.0002);
  EXPECT_DOUBLE_EQ(Parsed("refusal_p99>2m").bound, 120);
  EXPECT_THAT(Refusal("p99>50"), HasSubstr("found \"50\" in \"p99>50\", accepted a time with"));
  EXPECT_THAT(Refusal("p99>5%"), HasSubstr("accepted a time with its unit"));
}

TEST(Threshold, OfACountIsANumberOrAShare) {
  EXPECT_EQ(Parsed("errors>3").measure, Threshold::Measure::kValue);
  EXPECT_EQ(Parsed("goodput<95%").measure, Threshold::Measure::kShare);
  EXPECT_DOUBLE_EQ(Parsed("goodput<95%").bound, 0.95);
  EXPECT_THAT(Refusal("errors>5ms"), HasSubstr("accepted a number or a share"));
  EXPECT_THAT(Refusal("rate<5%"), HasSubstr("accepted a number (1000)"));
}

TEST(Threshold, WithASignIsOfAChange) {
  EXPECT_TRUE(Parsed("p99>+10%").of_change());
  EXPECT_DOUBLE_EQ(Parsed("p99>+10%").bound, 0.1);
  EXPECT_DOUBLE_EQ(Parsed("rate<-5%").bound, -0.05);
  EXPECT_EQ(Parsed("p99>+5ms").measure, Threshold::Measure::kChange);
  EXPECT_FALSE(Parsed("p99>10ms").of_change());
}

TEST(Threshold, ThatIsNoneIsRefusedWithWhatIsAccepted) {
  EXPECT_THAT(Refusal("p99"), HasSubstr("found \"p99\", accepted NAME>VALUE or NAME<VALUE"));
  EXPECT_THAT(Refusal("p98>5ms"),
              HasSubstr("found the figure \"p98\" in \"p98>5ms\", accepted p50, p90, p95, p99"));
  for (const char* text : {"p99>", "p99>ms", "p99>-", "p99>>5ms", "errors>nan", "errors>inf",
                           "errors>1e3", "errors>0x10", "p99=5ms", "", ">", "errors>-"}) {
    EXPECT_FALSE(ParseThreshold(text).ok()) << text;
  }
}

TEST(Threshold, ThatIsMetSaysByHowMuch) {
  EXPECT_THAT(Found("p99>50ms", Calm()), ElementsAre("p99>50ms: found 128 ms, over it by 78.0 ms"));
  EXPECT_THAT(Found("rate<150", Calm()), ElementsAre("rate<150: found 100, under it by 50.0"));
  LoadFigures figures = Calm();
  figures.good = 912;
  figures.late = 88;
  EXPECT_THAT(Found("goodput<95%", figures),
              ElementsAre("goodput<95%: found 91.20 %, under it by 3.80 points"));
  EXPECT_THAT(Found("late>=88", figures), ElementsAre("late>=88: found 88, just that"));
}

TEST(Threshold, IsJudgedInWords) {
  const Judgement judgement = Judge(Parsed("p99>50ms"), Calm());
  EXPECT_TRUE(judgement.met);
  EXPECT_EQ(judgement.value_text, "128 ms");
  EXPECT_EQ(judgement.bound_text, "50 ms");
  EXPECT_FALSE(Judge(Parsed("p99>50ms"), {.offered = 1}).measured);
  EXPECT_EQ(Judge(Parsed("ok<99.9%"), Calm()).bound_text, "99.9 %");
}

TEST(Threshold, IsJudgedForAReport) {
  const std::vector<Threshold> thresholds = {Parsed("p99>50ms"), Parsed("ok<99.9%")};
  const std::vector<JudgedThreshold> judged = JudgeAll(thresholds, Calm());
  EXPECT_TRUE(judged[0].failed && judged[0].fails_above);
  EXPECT_EQ(judged[0].measured + " to " + judged[0].bound, "128 ms to 50 ms");
  EXPECT_DOUBLE_EQ(judged[0].ratio, 2.56);
  EXPECT_FALSE(judged[1].failed || judged[1].fails_above);
  const JudgedThreshold nothing = JudgeAll({Parsed("p99>50ms")}, {.offered = 1})[0];
  EXPECT_TRUE(nothing.failed);
  EXPECT_EQ(nothing.measured + nothing.bound, "50 ms");
  EXPECT_TRUE(std::isinf(nothing.ratio));
  EXPECT_EQ(JudgeAll({Parsed("errors>0")}, Calm())[0].ratio, 0);
}

TEST(Threshold, ThatIsNotMetSaysNothing) {
  EXPECT_THAT(Found("p99>128ms", Calm()), IsEmpty());
  EXPECT_THAT(Found("goodput<100%", Calm()), IsEmpty());
  EXPECT_THAT(Found("errors>0", Calm()), IsEmpty());
}

TEST(Threshold, CountsRefusalsFailuresAndWrongVectorsAsErrors) {
  LoadFigures figures = Calm();
  figures.refused = 5;
  figures.failed = 4;
  figures.wrong_vectors = 5;
  EXPECT_THAT(Found("refused>=5", figures), ElementsAre("refused>=5: found 5, just that"));
  EXPECT_THAT(Found("failed>0", figures), ElementsAre("failed>0: found 4, over it by 4"));
  EXPECT_THAT(Found("errors>0", figures), ElementsAre("errors>0: found 14, over it by 14"));
}

TEST(Threshold, WhatTheLoadItselfCancelledIsNotMissed) {
  LoadFigures figures = Calm();
  figures.offered += 50;
  figures.cancelled = 50;
  EXPECT_THAT(Found("goodput<100%", figures), IsEmpty());
  EXPECT_THAT(Found("errors>0", figures), IsEmpty());
}

TEST(Threshold, OfARunThatProvesNothingIsMet) {
  LoadFigures lagged = Calm();
  lagged.valid = false;
  lagged.late_starts = 40;
  EXPECT_THAT(Found("p99>1s", lagged), ElementsAre(HasSubstr("lagged: 40 of 1000 requests")));
  EXPECT_THAT(Breaches({}, lagged), IsEmpty());
  EXPECT_THAT(Found("p99>1s", {}), ElementsAre(HasSubstr("nothing was offered")));
  EXPECT_THAT(Found("p99>1s", {.offered = 5}), ElementsAre(HasSubstr("so there is no p99")));
  EXPECT_THAT(Found("refusal_p99>1s", {.offered = 5}), IsEmpty());
}

std::optional<std::string> SoFar(std::string_view threshold, const LoadFigures& figures) {
  return BreachSoFar({Parsed(threshold)}, figures, seconds(5));
}

TEST(Threshold, OfARunThatGoesOnNeedsTimeAndAnswers) {
  EXPECT_TRUE(SoFar("p99>50ms", Calm()));
  EXPECT_FALSE(BreachSoFar({Parsed("p99>50ms")}, Calm(), milliseconds(1999)));
  LoadFigures few = Calm();
  few.offered = few.ok = few.good = 99;
  EXPECT_FALSE(SoFar("p99>50ms", few));
  EXPECT_TRUE(SoFar("max>50ms", few));
  EXPECT_FALSE(SoFar("p50>1ms", {}));
}

TEST(Threshold, OfARunThatGoesOnTakesANumberAtItsWord) {
  EXPECT_THAT(SoFar("errors>0", {.offered = 1, .failed = 1}),
              Optional(HasSubstr("errors>0: found 1")));
  EXPECT_FALSE(SoFar("errors>0.1%", {.offered = 1, .failed = 1}));
  EXPECT_FALSE(SoFar("ok<2000", Calm()));
  EXPECT_TRUE(SoFar("ok<100%", {.offered = 1000, .ok = 999}));
}

}  // namespace
}  // namespace shoal
