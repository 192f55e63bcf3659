#include "dashboard/call_tally.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr CallTally::TimePoint kBegin{seconds(1000)};

struct Call {
  Verdict verdict = Verdict::kOk;
  seconds after{0};
  milliseconds total{1};
  std::uint32_t attempts = 1;
  Api api = Api::kGrpc;
};

void End(CallTally& tally, const Call& call) {
  const CallWork work{
      .timing = {.tokenize_us = 100, .queue_us = 300, .dispatch_us = 50, .compute_us = 400},
      .tokens = 30,
      .attempts = call.attempts};
  const TraceContext trace;
  tally.CallEnded({.api = call.api,
                   .verdict = call.verdict,
                   .texts = 3,
                   .arrived = kBegin + call.after - call.total,
                   .total = call.total,
                   .work = work,
                   .trace = trace});
}

TEST(CallTally, CountsByApiAndVerdictForEver) {
  CallTally tally(kBegin);
  End(tally, {});
  End(tally, {.after = seconds(100)});
  End(tally, {.verdict = Verdict::kEmptyInput, .api = Api::kTei});
  EXPECT_EQ(tally.count(Api::kGrpc, Verdict::kOk), 2u);
  EXPECT_EQ(tally.count(Api::kTei, Verdict::kEmptyInput), 1u);
  EXPECT_EQ(tally.count(Api::kTei, Verdict::kOk), 0u);
  EXPECT_EQ(tally.texts(), 6u);
  EXPECT_EQ(tally.tokens(), 60u);
}

TEST(CallTally, SortsTheLastSecondsByOutcome) {
  CallTally tally(kBegin);
  End(tally, {.attempts = 3});
  End(tally, {.verdict = Verdict::kOverloaded});
  End(tally, {.verdict = Verdict::kInternal});
  const CallFigures sum = tally.Recent(kBegin + seconds(1)).sum;
  EXPECT_EQ(sum.requests, 3u);
  EXPECT_EQ(sum.served, 1u);
  EXPECT_EQ(sum.refused, 1u);
  EXPECT_EQ(sum.failed, 1u);
  EXPECT_EQ(sum.retries, 2u);
  EXPECT_EQ(sum.texts, 3u);
}

TEST(CallTally, ForgetsWhatIsTenSecondsOld) {
  CallTally tally(kBegin);
  for (int second = 0; second < 15; ++second) End(tally, {.after = seconds(second)});
  EXPECT_EQ(tally.Recent(kBegin + seconds(14)).sum.requests, 10u);
  EXPECT_EQ(tally.Recent(kBegin + seconds(20)).sum.requests, 4u);
  EXPECT_EQ(tally.Recent(kBegin + seconds(40)).sum.requests, 0u);
}

TEST(CallTally, WhatComesTooLateIsInNoSecond) {
  CallTally tally(kBegin);
  End(tally, {.after = seconds(20)});
  End(tally, {.after = seconds(10)});
  EXPECT_EQ(tally.Recent(kBegin + seconds(20)).sum.requests, 1u);
  EXPECT_EQ(tally.count(Api::kGrpc, Verdict::kOk), 2u);
}

TEST(CallTally, CountsTextsByVerdictForEverAndInTheirSecond) {
  CallTally tally(kBegin);
  End(tally, {});
  End(tally, {.verdict = Verdict::kOverloaded, .after = seconds(1)});
  const auto of = [](const auto& texts, Verdict verdict) {
    return texts[static_cast<std::size_t>(verdict)];
  };
  EXPECT_EQ(of(tally.offered_texts(), Verdict::kOk), 3u);
  EXPECT_EQ(of(tally.offered_texts(), Verdict::kOverloaded), 3u);
  const CallFigures* const second = tally.Find(1001);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(of(second->offered_texts, Verdict::kOverloaded), 3u);
  EXPECT_EQ(of(second->offered_texts, Verdict::kOk), 0u);
  EXPECT_EQ(tally.Find(1002), nullptr);
  EXPECT_EQ(tally.Find(991), nullptr);
}

TEST(CallTally, WhatIsToldOfAClosedSecondCountsInTheFirstThatIsOpen) {
  CallTally tally(kBegin);
  End(tally, {});
  tally.Close(1000);
  End(tally, {});
  End(tally, {});
  EXPECT_EQ(tally.Find(1000)->requests, 1u);
  EXPECT_EQ(tally.Find(1001)->requests, 2u);
}

TEST(CallTally, TheWindowIsAsLongAsItWasWatched) {
  const CallTally tally(kBegin);
  EXPECT_DOUBLE_EQ(tally.Recent(kBegin + seconds(4)).seconds, 4);
  EXPECT_DOUBLE_EQ(tally.Recent(kBegin + seconds(60) + milliseconds(500)).seconds, 9.5);
  EXPECT_GT(tally.Recent(kBegin).seconds, 0);
}

TEST(CallTally, KnowsPercentilesOfTotalAndStages) {
  CallTally tally(kBegin);
  for (int i = 0; i < 98; ++i) End(tally, {.total = milliseconds(2)});
  End(tally, {.total = milliseconds(900)});
  End(tally, {.total = milliseconds(900)});
  const CallFigures sum = tally.Recent(kBegin).sum;
  EXPECT_NEAR(sum.total.Percentile(0.5), 2e3, 140);
  EXPECT_NEAR(sum.total.Percentile(0.95), 2e3, 140);
  EXPECT_NEAR(sum.total.Percentile(0.99), 900e3, 63e3);
  EXPECT_NEAR(sum.stages[1].mean(), 200, 1) << "the queue without the tokenizer";
}

TEST(CallTally, CountsBatches) {
  CallTally tally(kBegin);
  const auto worker = std::make_shared<const WorkerName>();
  tally.BatchEnded({.worker = worker,
                    .items = 4,
                    .tokens = 100,
                    .returned = microseconds(kBegin.time_since_epoch() / microseconds(1)),
                    .execution = microseconds(5000)});
  const CallFigures sum = tally.Recent(kBegin).sum;
  EXPECT_EQ(sum.batch_items.count(), 1u);
  EXPECT_EQ(sum.batch_items.mean(), 4);
  EXPECT_EQ(sum.batch_tokens.mean(), 100);
  EXPECT_EQ(sum.batch_execution.mean(), 5000);
}

}  // namespace
}  // namespace shoal
