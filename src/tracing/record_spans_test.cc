#include "tracing/record_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr nanoseconds kToUnix = 1'000s;
const TraceContext kTrace = {
    .trace_id = {1, 2, 3}, .span_id = 10, .parent_id = 9, .is_sampled = true};
const TraceContext kOfBatch = {.trace_id = {4}, .span_id = 21, .parent_id = 20, .is_sampled = true};

CallWork ServedWork() {
  return {.timing = {.tokenize_us = 10, .queue_us = 30, .compute_us = 40, .total_us = 100},
          .tokens = 12,
          .attempts = 1,
          .queue = "urgent",
          .workers = {},
          .batches = {kOfBatch}};
}

CallRecord Record(const CallWork& work, const TraceContext& trace = kTrace,
                  Verdict verdict = Verdict::kOk) {
  return {.api = Api::kOpenAi,
          .request_id = "r1",
          .client = "me",
          .verdict = verdict,
          .message = "a word of the caller",
          .texts = 2,
          .arrived = std::chrono::steady_clock::time_point(1s),
          .total = 120us,
          .serialize = 5us,
          .work = work,
          .trace = trace};
}

std::string Said(const TraceSpan& span, std::string_view name) {
  for (const SpanAttribute& attribute : span.attributes) {
    if (attribute.name != name) continue;
    const auto* const number = std::get_if<std::int64_t>(&attribute.value);
    return number == nullptr ? std::get<std::string>(attribute.value) : std::to_string(*number);
  }
  return "not said";
}

// From the arrival, in µs.
std::pair<std::int64_t, std::int64_t> Place(const TraceSpan& span) {
  const auto us = [](nanoseconds time) { return (time - kToUnix - 1s) / 1us; };
  return {us(span.start), us(span.end)};
}

TEST(RecordSpans, OfACallThatIsServed) {
  TraceIds ids(1);
  const CallWork work = ServedWork();
  const auto spans = SpansOf(Record(work), kToUnix, ids);
  ASSERT_EQ(spans.size(), 3u);
  const TraceSpan& server = spans[0];
  EXPECT_EQ(server.name, "server");
  EXPECT_EQ(server.kind, TraceSpan::Kind::kServer);
  EXPECT_EQ(server.span_id, 10u);
  EXPECT_EQ(server.parent_id, 9u);
  EXPECT_TRUE(server.has_remote_parent);
  EXPECT_EQ(Place(server), (std::pair<std::int64_t, std::int64_t>(0, 120)));
  EXPECT_EQ(server.error, "");
  EXPECT_EQ(spans[1].name, "tokenize");
  EXPECT_EQ(Place(spans[1]), (std::pair<std::int64_t, std::int64_t>(15, 25)));
  EXPECT_EQ(spans[2].name, "queue");
  EXPECT_EQ(Place(spans[2]), (std::pair<std::int64_t, std::int64_t>(25, 45)));
  for (const TraceSpan& span : spans) EXPECT_EQ(span.trace_id, kTrace.trace_id);
  EXPECT_EQ(spans[1].parent_id, 10u);
  EXPECT_EQ(spans[2].parent_id, 10u);
  EXPECT_NE(spans[1].span_id, spans[2].span_id);
  ASSERT_EQ(server.links.size(), 1u);
  EXPECT_EQ(server.links[0].span_id, 20u) << "of the batch, not of its dispatch";
}

TEST(RecordSpans, SayWhatTheCallWas) {
  TraceIds ids(1);
  const CallWork work = ServedWork();
  const TraceSpan server = SpansOf(Record(work), kToUnix, ids)[0];
  EXPECT_EQ(Said(server, "api"), "openai");
  EXPECT_EQ(Said(server, "verdict"), "ok");
  EXPECT_EQ(Said(server, "texts"), "2");
  EXPECT_EQ(Said(server, "tokens"), "12");
  EXPECT_EQ(Said(server, "attempts"), "1");
  EXPECT_EQ(Said(server, "request_id"), "r1");
  EXPECT_EQ(Said(server, "client"), "me");
  EXPECT_EQ(Said(server, "queue"), "urgent");
}

TEST(RecordSpans, ACallThatWasNeverSentWaitedToItsEnd) {
  TraceIds ids(1);
  const CallWork work{.timing = {.tokenize_us = 10, .total_us = 100}, .tokens = 5, .queue = "bulk"};
  const auto spans = SpansOf(Record(work, kTrace, Verdict::kNoWorkers), kToUnix, ids);
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(Place(spans[2]), (std::pair<std::int64_t, std::int64_t>(25, 115)));
}

TEST(RecordSpans, ACallThatIsRefusedAtOnceHasNoStages) {
  TraceIds ids(1);
  const auto spans = SpansOf(Record({}, kTrace, Verdict::kEmptyInput), kToUnix, ids);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].error, "");
}

TEST(RecordSpans, AFailureIsAnErrorWithItsReasonAlone) {
  TraceIds ids(1);
  const CallWork work = ServedWork();
  const auto server = SpansOf(Record(work, kTrace, Verdict::kAttemptsExhausted), kToUnix, ids)[0];
  EXPECT_EQ(server.error, "attempts_exhausted");
}

TEST(RecordSpans, WhatWasSlowOrFailedIsRecordedWhateverWasSampled) {
  const auto recorded = [](bool is_sampled, Verdict verdict, microseconds slow) {
    TraceContext trace = kTrace;
    trace.is_sampled = is_sampled;
    const CallWork work;
    return IsRecorded(Record(work, trace, verdict), slow);
  };
  EXPECT_TRUE(recorded(true, Verdict::kOk, 1s));
  EXPECT_FALSE(recorded(false, Verdict::kOk, 1s));
  EXPECT_TRUE(recorded(false, Verdict::kOk, 120us));
  EXPECT_TRUE(recorded(false, Verdict::kAttemptsExhausted, 1s));
  EXPECT_FALSE(recorded(false, Verdict::kOverloaded, 1s));
  const CallWork work;
  EXPECT_FALSE(IsRecorded(Record(work, {}, Verdict::kInternal), 0us)) << "it has no trace";
}

TEST(RecordSpans, OfABatch) {
  const auto worker = std::make_shared<const WorkerName>(WorkerName{"w-0", "00ff"});
  const std::vector<TraceContext> calls = {kTrace};
  const auto spans = SpansOf(BatchRecord{.batch = 7,
                                         .worker = worker,
                                         .lane = 1,
                                         .items = 2,
                                         .tokens = 12,
                                         .sent = 1'000'000us,
                                         .returned = 1'000'090us,
                                         .held = 80us,
                                         .execution = 70us,
                                         .predicted = 60us,
                                         .traces = calls,
                                         .trace = kOfBatch},
                             kToUnix);
  ASSERT_EQ(spans.size(), 2u);
  const TraceSpan& batch = spans[0];
  const TraceSpan& dispatch = spans[1];
  EXPECT_EQ(batch.name, "batch");
  EXPECT_EQ(batch.span_id, 20u);
  EXPECT_EQ(batch.parent_id, 0u);
  ASSERT_EQ(batch.links.size(), 1u);
  EXPECT_EQ(batch.links[0].trace_id, kTrace.trace_id);
  EXPECT_EQ(batch.links[0].span_id, kTrace.span_id);
  EXPECT_EQ(dispatch.name, "dispatch");
  EXPECT_EQ(dispatch.parent_id, 20u);
  EXPECT_EQ(dispatch.span_id, 21u);
  EXPECT_EQ(Place(dispatch), (std::pair<std::int64_t, std::int64_t>(0, 90)));
  EXPECT_EQ(Said(dispatch, "worker_id"), "w-0");
  EXPECT_EQ(Said(dispatch, "incarnation"), "00ff");
  EXPECT_EQ(Said(dispatch, "execution_us"), "70");
  EXPECT_EQ(Said(batch, "tokens"), "12");
}

TEST(RecordSpans, ABatchOfNobodysTraceHasNone) {
  const std::shared_ptr<const WorkerName> nobody;
  EXPECT_THAT(SpansOf(BatchRecord{.worker = nobody, .traces = {}}, kToUnix), IsEmpty());
}

TEST(RecordSpans, OfAForwardPass) {
  TraceIds ids(1);
  const Batch batch{.id = 7, .lane = 1, .trace = kOfBatch};
  const TraceSpan forward = ForwardSpanOf(batch, 2, 70us, kToUnix + 1s, ids);
  EXPECT_EQ(forward.name, "forward");
  EXPECT_EQ(forward.parent_id, 21u);
  EXPECT_TRUE(forward.has_remote_parent);
  EXPECT_EQ(Place(forward), (std::pair<std::int64_t, std::int64_t>(-70, 0)));
  EXPECT_EQ(Said(forward, "items"), "2");
}

TEST(RecordSpans, ABatchHasATraceAndTwoSpans) {
  TraceIds ids(1);
  const TraceContext made = NewBatchTrace(ids);
  EXPECT_TRUE(made.exists() && made.is_sampled);
  EXPECT_NE(made.span_id, made.parent_id);
}

}  // namespace
}  // namespace shoal
