#include "edge/call_traces.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Choice = TraceSampler::Choice;

constexpr char kSampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kNotSampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

TEST(CallTraces, WithoutASamplerACallHasTheTraceThatItBroughtOrNone) {
  CallTraces traces(1, std::nullopt);
  EXPECT_FALSE(traces.Begin("").exists());
  EXPECT_FALSE(traces.Begin("no traceparent").exists());
  const TraceContext brought = traces.Begin(kSampled);
  EXPECT_TRUE(brought.is_sampled);
  EXPECT_EQ(brought.parent_id, 0xb7ad6b7169203331u);
  EXPECT_NE(brought.span_id, 0u);
  EXPECT_NE(brought.span_id, traces.Begin(kSampled).span_id);
  EXPECT_FALSE(traces.Begin(kNotSampled).is_sampled);
}

TEST(CallTraces, WithOneEveryCallHasATrace) {
  CallTraces traces(1, TraceSampler{});
  const TraceContext made = traces.Begin("");
  EXPECT_TRUE(made.exists() && made.is_sampled);
  EXPECT_EQ(made.parent_id, 0u);
  EXPECT_NE(made.trace_id, traces.Begin("no traceparent").trace_id);
}

TEST(CallTraces, WhichAreSampled) {
  const auto sampled = [](Choice choice, bool is_parent_based, const char* came) {
    return CallTraces(1, TraceSampler{choice, 1, is_parent_based}).Begin(came).is_sampled;
  };
  for (const bool parent_based : {false, true}) {
    EXPECT_TRUE(sampled(Choice::kAll, parent_based, ""));
    EXPECT_FALSE(sampled(Choice::kNone, parent_based, ""));
  }
  EXPECT_TRUE(sampled(Choice::kNone, true, kSampled));
  EXPECT_FALSE(sampled(Choice::kAll, true, kNotSampled));
  EXPECT_FALSE(sampled(Choice::kNone, false, kSampled));
  EXPECT_TRUE(sampled(Choice::kAll, false, kNotSampled));
}

TEST(CallTraces, ARatioGoesByTheLowHalfOfTheId) {
  const auto sampled = [](double ratio, std::uint8_t first_of_low) {
    TraceContext trace;
    trace.trace_id[8] = first_of_low;
    return IsSampled({.choice = Choice::kRatio, .ratio = ratio}, trace);
  };
  EXPECT_TRUE(sampled(0.25, 0x3F));
  EXPECT_FALSE(sampled(0.25, 0x40));
  EXPECT_TRUE(sampled(1, 0xFF));
  EXPECT_FALSE(sampled(0, 0));
}

TEST(CallTraces, OfManyARatioTakesItsShare) {
  CallTraces traces(1, TraceSampler{Choice::kRatio, 0.1, true});
  int count = 0;
  for (int i = 0; i < 10'000; ++i) count += traces.Begin("").is_sampled;
  EXPECT_NEAR(count, 1000, 120);
}

}  // namespace
}  // namespace shoal
