#include "dashboard/second_sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Text(const SecondSample& second) {
  StateTree tree;
  AddSecond(second, tree);
  return tree.Text();
}

TEST(SecondSample, IsWhatCountersGrewByAndHowThingsStandAtItsEnd) {
  const DashboardFigures before{.queues = {{.kind = "bulk", .seconds = 9}},
                                .open_calls = 9,
                                .offered = 100,
                                .goodput = 50,
                                .wasted = {{"late", 1}, {"cancelled", 2}},
                                .retries = {{"failed", 5}},
                                .poison_bans = 1};
  const DashboardFigures after{.queues = {{.kind = "bulk", .seconds = 0.25}},
                               .open_calls = 4,
                               .capacity = 700,
                               .offered = 130,
                               .goodput = 70,
                               .wasted = {{"late", 4}, {"cancelled", 3}},
                               .retries = {{"failed", 7}},
                               .second_attempt_batches = 2,
                               .poison_bans = 2};
  const SecondSample second = SampleOf(before, after, {});
  EXPECT_EQ(second.offered_cost, 30);
  EXPECT_EQ(second.goodput_cost, 20);
  EXPECT_EQ(second.wasted_cost, 4);
  EXPECT_EQ(second.retries, 2u);
  EXPECT_EQ(second.second_attempts, 2u);
  EXPECT_EQ(second.poison_bans, 1u);
  EXPECT_THAT(Text(second), HasSubstr(R"("capacity_cost":700,)"));
  EXPECT_THAT(Text(second), HasSubstr(R"("queue_seconds":{"urgent":0,"patient":0,"bulk":0.25},)"
                                      R"("in_flight":4,)"));
}

TEST(SecondSample, HasTheCallsOfItsSecond) {
  CallFigures calls{.requests = 3, .served = 1, .tokens = 30};
  calls.offered_texts[static_cast<std::size_t>(Verdict::kOk)] = 7;
  calls.offered_texts[static_cast<std::size_t>(Verdict::kCancelled)] = 2;
  calls.total.Add(8'000);
  for (LogHistogram& stage : calls.stages) stage.Add(1'500);
  const std::string text = Text(SampleOf({}, {}, calls));
  EXPECT_THAT(text, HasSubstr(R"("requests":3,"texts":{"ok":7,"cancelled":2},"tokens":30,)"));
  EXPECT_THAT(text, HasSubstr(R"("latency_ms":{"p50":7.936,)"));
  EXPECT_THAT(text, HasSubstr(R"("stages_ms":{"tokenize":1.5,"queue":1.5,)"));
}

TEST(SecondSample, SaysNoTimesWhereNothingWasServed) {
  const std::string text = Text(SampleOf({}, {}, {.requests = 1}));
  EXPECT_THAT(text, Not(HasSubstr("_ms\":{")));
  EXPECT_THAT(text, HasSubstr(R"("texts":{},)"));
}

TEST(SecondSample, ACounterThatIsCorrectedDownwardsCountsAsNothing) {
  EXPECT_EQ(SampleOf({.offered = 10}, {.offered = 8}, {}).offered_cost, 0);
}

}  // namespace
}  // namespace shoal
