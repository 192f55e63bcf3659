#include "coordinator/core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "coordinator/core_fixture.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

TEST(Core, AnswersWithTheVectorsOfItsTextsInOrder) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             world.Arrival(7, sink, Texts({5, 3})));
  const std::vector<Batch> batches = attachment->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].token_ids, (std::vector<std::int32_t>{5, 3}));
  world.Step(AttachmentMessage{.id = 1, .message = ResultOf(batches[0])});
  ASSERT_TRUE(sink.answer.has_value());
  const auto& reply = std::get<EmbedReply>(*sink.answer);
  float values[4];
  ASSERT_EQ(reply.vectors.size(), sizeof values);
  std::memcpy(values, reply.vectors.data(), sizeof values);
  EXPECT_EQ(values[0], 5);
  EXPECT_EQ(values[3], -3);
  ASSERT_EQ(sink.work.workers.size(), 1u);
  EXPECT_EQ(sink.work.workers[0]->id, "w0");
  EXPECT_EQ(sink.work.workers[0]->incarnation, "0000000000000001");
  EXPECT_EQ(sink.work.tokens, 2u);
  EXPECT_EQ(sink.work.queue, "urgent");
  EXPECT_EQ(world.core.open_calls(), 0u);
}

// Twenty numbers a vector: none that a string holds in itself.
CoreOptions WithLongVectors() {
  CoreOptions options = TestOptions();
  options.model.dim = 20;
  return options;
}
Hello LongHello() {
  Hello hello = GoodHello();
  hello.dim = 20;
  return hello;
}
// The vector of token id t is twenty times t.
BatchResult LongResultOf(const Batch& batch) {
  BatchResult result{.id = batch.id, .lane = batch.lane, .grant = {{2}}};
  for (const std::int32_t id : batch.token_ids) {
    const std::vector<float> vector(20, static_cast<float>(id));
    result.vectors.append(reinterpret_cast<const char*>(vector.data()), 80);
    result.statuses.push_back(ItemStatus::kDone);
  }
  return result;
}
std::vector<float> FirstNumbers(const FakeSink& sink) {
  const std::string& vectors = std::get<EmbedReply>(*sink.answer).vectors;
  std::vector<float> numbers(vectors.size() / 80);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::memcpy(&numbers[i], vectors.data() + 80 * i, sizeof(float));
  }
  return numbers;
}

TEST(Core, TheVectorsOfABatchThatIsOneCallBecomeItsReplyAsTheyLie) {
  World world(WithLongVectors());
  const auto attachment = world.Attach(1, LongHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             world.Arrival(7, sink, Texts({5, 3})));
  BatchResult result = LongResultOf(attachment->TakeBatches().at(0));
  const char* const came_in = result.vectors.data();
  world.Step(AttachmentMessage{.id = 1, .message = std::move(result)});
  EXPECT_EQ(std::get<EmbedReply>(*sink.answer).vectors.data(), came_in);
  EXPECT_EQ(FirstNumbers(sink), (std::vector<float>{5, 3}));
}

TEST(Core, CallsThatShareABatchGetTheirOwnVectors) {
  World world(WithLongVectors());
  const auto attachment = world.Attach(1, LongHello());
  FakeSink first;
  FakeSink second;
  world.Step(world.Arrival(7, first, Texts({5})), world.Arrival(8, second, Texts({3, 4})),
             AttachmentMessage{.id = 1, .message = Grant{{1}}});
  const Batch batch = attachment->TakeBatches().at(0);
  ASSERT_EQ(batch.items.size(), 3u);
  world.Step(AttachmentMessage{.id = 1, .message = LongResultOf(batch)});
  EXPECT_EQ(FirstNumbers(first), (std::vector<float>{5}));
  EXPECT_EQ(FirstNumbers(second), (std::vector<float>{3, 4}));
}

TEST(Core, AWholeCallOfWhichATextFailedGetsTheRestFromAnotherBatch) {
  World world(WithLongVectors());
  const auto attachment = world.Attach(1, LongHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             world.Arrival(7, sink, Texts({5, 3})));
  BatchResult result = LongResultOf(attachment->TakeBatches().at(0));
  result.statuses[0] = ItemStatus::kNotRun;
  result.vectors.erase(0, 80);
  world.Step(AttachmentMessage{.id = 1, .message = std::move(result)});
  const Batch again = attachment->TakeBatches().at(0);
  EXPECT_EQ(again.token_ids, (std::vector<std::int32_t>{5}));
  world.Step(AttachmentMessage{.id = 1, .message = LongResultOf(again)});
  EXPECT_EQ(FirstNumbers(sink), (std::vector<float>{5, 3}));
}

TEST(Core, ABatchCountsWhatOfItWasExecuted) {
  std::vector<std::uint32_t> told;
  CoreOptions options = TestOptions();
  options.batch_ended = [&told](const BatchRecord& record) { told.push_back(record.items); };
  World world(std::move(options));
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             world.Arrival(7, sink, Texts({5, 3})));
  for (const std::size_t given_back : {2, 1, 0}) {
    BatchResult result = ResultOf(attachment->TakeBatches().at(0));
    std::fill_n(result.statuses.begin(), given_back, ItemStatus::kNotRun);
    result.vectors.erase(0, given_back * kCoreDim * sizeof(float));
    result.grant = {{5}};
    world.Step(AttachmentMessage{.id = 1, .message = std::move(result)});
  }
  EXPECT_EQ(told, (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(world.core.Info().workers.at(0).batches_done, 2u);
}

TEST(Core, ACancelFindsACallThatIsStillTokenised) {
  World world;
  FakeSink sink;
  world.Step(world.Arrival(7, sink, std::nullopt), CallCancelled{.id = 7});
  EXPECT_EQ(sink.verdict(), Verdict::kCancelled);
  world.Step(CallTokenized{.id = 7, .texts = Texts({1})});  // too late, ignored
  EXPECT_EQ(world.core.open_calls(), 0u);
}

TEST(Core, RefusesTextsThatTheTokenizerRefused) {
  World world;
  FakeSink sink;
  TokenizedTexts texts;
  texts.refusal = Refusal{.verdict = Verdict::kInputTooLong};
  world.Step(world.Arrival(7, sink, texts));
  EXPECT_EQ(sink.verdict(), Verdict::kInputTooLong);
}

TEST(Core, WhatALostWorkerHeldGoesToAnother) {
  World world;
  const auto lost = world.Attach(1, GoodHello("w0"));
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  ASSERT_EQ(lost->TakeBatches().size(), 1u);
  world.Step(AttachmentClosed{.id = 1});
  EXPECT_FALSE(sink.answer.has_value());
  const auto heir = world.Attach(2, GoodHello("w1"));
  world.Step(AttachmentMessage{.id = 2, .message = Grant{{1}}});
  const auto batches = heir->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  world.Step(AttachmentMessage{.id = 2, .message = ResultOf(batches[0])});
  ASSERT_TRUE(sink.answer.has_value());
  EXPECT_EQ(sink.work.attempts, 2u);
}

TEST(Core, TellsTheSchedulerWhoAsksForWhatAndHowUrgently) {
  std::vector<CallOffered> arrivals;
  CoreOptions options = TestOptions();
  options.stepped = [&arrivals](microseconds, std::span<const SchedulerEvent> events, auto) {
    for (const SchedulerEvent& event : events) {
      if (const auto* arrived = std::get_if<CallOffered>(&event)) arrivals.push_back(*arrived);
    }
  };
  World world(options);
  FakeSink sink;
  CallArrived arrival = world.Arrival(7, sink, Texts({4}));
  arrival.texts->fingerprints = {99};
  arrival.priority = Priority::kHigh;
  arrival.client = 12;
  world.Step(std::move(arrival));
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].priority, Priority::kHigh);
  EXPECT_EQ(arrivals[0].client, 12u);
  EXPECT_EQ(arrivals[0].fingerprints.size(), 1u);
}

TEST(Core, ARefusalOfTheSchedulerSaysWhenToTryAgain) {
  CoreOptions options = TestOptions();
  options.scheduler.max_queued_items = 1;
  World world(options);
  world.Attach(1, GoodHello());
  FakeSink first, second, hopeless;
  world.Step(world.Arrival(7, first, Texts({4})), world.Arrival(8, second, Texts({4, 5})));
  EXPECT_EQ(second.verdict(), Verdict::kOverloaded);
  EXPECT_GT(std::get<Refusal>(*second.answer).retry_after.count(), 0);
  CallArrived arrival = world.Arrival(9, hopeless, Texts({4}));
  arrival.deadline = world.now + microseconds(150);
  world.Step(std::move(arrival));
  EXPECT_EQ(hopeless.verdict(), Verdict::kDeadlineUnserviceable);
  EXPECT_EQ(std::get<Refusal>(*hopeless.answer).retry_after.count(), 0);
}

TEST(Core, ADrainRefusesNewcomersAndFinishesTheRest) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink admitted;
  FakeSink late;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             world.Arrival(7, admitted, Texts({4})));
  world.Step(DrainBegins{});
  EXPECT_FALSE(world.core.idle_after_drain());
  world.Step(world.Arrival(8, late, Texts({4})));
  EXPECT_EQ(late.verdict(), Verdict::kDraining);
  world.Step(AttachmentMessage{.id = 1, .message = ResultOf(attachment->TakeBatches().at(0))});
  EXPECT_TRUE(std::holds_alternative<EmbedReply>(*admitted.answer));
  EXPECT_TRUE(world.core.idle_after_drain());
}

TEST(Core, AfterTheEndWhatWorkersStillSayChangesNothing) {
  World world;
  const auto attachment = world.Attach(1, GoodHello("w0"));
  const auto other = world.Attach(2, GoodHello("w1"));
  FakeSink sink;
  FakeSink late;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}},
             AttachmentMessage{.id = 2, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  std::vector<Batch> batches = attachment->TakeBatches();
  const AttachmentId holder = batches.empty() ? 2 : 1;
  if (batches.empty()) batches = other->TakeBatches();
  world.Step(StopNow{});
  EXPECT_EQ(sink.verdict(), Verdict::kDraining);
  world.Step(AttachmentMessage{.id = holder, .message = ResultOf(batches.at(0))});
  world.Step(AttachmentClosed{.id = holder}, CallCancelled{.id = 7});
  world.Step(world.Arrival(8, late, Texts({4})));
  EXPECT_EQ(late.verdict(), Verdict::kDraining);
  const auto& said = (holder == 1 ? other : attachment)->sent;
  EXPECT_EQ(std::count_if(said.begin(), said.end(),
                          [](const CoordinatorMessage& message) {
                            return std::holds_alternative<Goodbye>(message);
                          }),
            1);
}

TEST(Core, TheEndAnswersWhatIsOpen) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sink;
  world.Step(world.Arrival(7, sink, Texts({4})));
  world.Step(StopNow{});
  EXPECT_EQ(sink.verdict(), Verdict::kDraining);
  EXPECT_TRUE(attachment->closed);
}

// Calls what is to be told.
void Tell(World& world) {
  for (const auto& answer : world.core.TakeAnswers()) answer();
}

TEST(Core, WhoAsksForTokensIsToldOnceTheyAreMade) {
  World world;
  std::optional<TokenizeOutcome> told;
  world.Step(TokensAsked{.id = 1, .done = [&](TokenizeOutcome out) { told = std::move(out); }});
  Tell(world);
  EXPECT_FALSE(told.has_value());
  world.Step(TokensMade{.id = 1, .outcome = TokenizeReply{.texts = {{.text = "a"}}}});
  Tell(world);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(std::get<TokenizeReply>(*told).texts[0].text, "a");
}

// Of a batch: its traces and its own.
struct ToldBatch {
  std::vector<TraceContext> calls;
  TraceContext own;
};

TEST(Core, ABatchOfATraceThatIsSampledHasOneOfItsOwn) {
  std::vector<ToldBatch> told;
  CoreOptions options = TestOptions();
  options.batch_ended = [&told](const BatchRecord& record) {
    told.push_back({{record.traces.begin(), record.traces.end()}, record.trace});
  };
  options.new_trace = [] {
    return TraceContext{.trace_id = {7}, .span_id = 71, .parent_id = 70, .is_sampled = true};
  };
  World world(std::move(options));
  const auto attachment = world.Attach(1, GoodHello());
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}});
  FakeSink sink;
  CallArrived arrival = world.Arrival(1, sink, Texts({5, 6}));
  arrival.trace = {.trace_id = {1}, .span_id = 10, .is_sampled = true};
  FakeSink beside;
  CallArrived other = world.Arrival(2, beside, Texts({7}));
  other.trace = {.trace_id = {2}, .span_id = 20, .is_sampled = false};
  world.Step(arrival, other);
  const std::vector<Batch> batches = attachment->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].trace.span_id, 71u);
  world.Step(AttachmentMessage{.id = 1, .message = ResultOf(batches[0])});
  ASSERT_EQ(told.size(), 1u);
  ASSERT_EQ(told[0].calls.size(), 2u) << "two texts of one call are one";
  EXPECT_EQ(told[0].calls[0].span_id, 10u);
  EXPECT_EQ(told[0].calls[1].span_id, 20u);
  EXPECT_EQ(told[0].own.parent_id, 70u);
  ASSERT_EQ(sink.work.batches.size(), 1u);
  EXPECT_EQ(sink.work.batches[0].parent_id, 70u);
}

TEST(Core, ABatchWithoutASampledTraceHasNone) {
  CoreOptions options = TestOptions();
  options.new_trace = [] { return TraceContext{.trace_id = {7}, .span_id = 71}; };
  World world(std::move(options));
  const auto attachment = world.Attach(1, GoodHello());
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}});
  FakeSink sink;
  CallArrived arrival = world.Arrival(1, sink, Texts({5}));
  arrival.trace = {.trace_id = {1}, .span_id = 10, .is_sampled = false};
  world.Step(arrival);
  const std::vector<Batch> batches = attachment->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_FALSE(batches[0].trace.exists());
}

TEST(Core, ADrainWaitsForTokensThatWereAskedForAndTakesNoMoreSuchCalls) {
  World world;
  std::vector<CallId> told;
  const auto ask = [&](CallId id) {
    return TokensAsked{.id = id,
                       .done = [&told, id](const TokenizeOutcome&) { told.push_back(id); }};
  };
  world.Step(ask(1), DrainBegins{}, ask(2));
  Tell(world);
  EXPECT_EQ(told, std::vector<CallId>{2});
  EXPECT_FALSE(world.core.idle_after_drain());
  world.Step(TokensMade{.id = 2}, TokensMade{.id = 1});
  EXPECT_TRUE(world.core.idle_after_drain());
  Tell(world);
  EXPECT_EQ(told, (std::vector<CallId>{2, 1}));
}

TEST(Core, TheEndTellsWhoeverWaitsForTokens) {
  World world;
  std::optional<TokenizeOutcome> told;
  world.Step(StopNow{},
             TokensAsked{.id = 1, .done = [&](TokenizeOutcome out) { told = std::move(out); }});
  Tell(world);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(std::get<Refusal>(*told).verdict, Verdict::kDraining);
}

}  // namespace
}  // namespace shoal
