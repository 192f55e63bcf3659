#include "coordinator/core.h"

#include <gtest/gtest.h>

#include <cstring>

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr int kDim = 2;

class FakeSlot final : public ReplySlot {
 public:
  void Finish(EmbedOutcome outcome) override {
    EXPECT_FALSE(answer.has_value()) << "finished twice";
    answer = std::move(outcome);
  }
  Verdict verdict() const { return std::get<Refusal>(*answer).verdict; }

  std::optional<EmbedOutcome> answer;
};

class FakeStream final : public WorkerStream {
 public:
  void Send(CoordinatorMessage message) override { sent.push_back(std::move(message)); }
  void Close() override { closed = true; }

  // Takes the batches that were sent since the last call.
  std::vector<Batch> TakeBatches() {
    std::vector<Batch> batches;
    for (CoordinatorMessage& message : sent) {
      if (auto* batch = std::get_if<Batch>(&message)) batches.push_back(std::move(*batch));
    }
    sent.clear();
    return batches;
  }
  std::string refusal() const {
    for (const CoordinatorMessage& message : sent) {
      if (const auto* refuse = std::get_if<Refuse>(&message)) return refuse->why;
    }
    return "";
  }

  std::vector<CoordinatorMessage> sent;
  bool closed = false;
};

CoreOptions Options() {
  return {.version = "1",
          .coordinator_id = "c",
          .model = {.name = "m",
                    .digest = "d",
                    .precision = Precision::kFp32,
                    .dim = kDim,
                    .max_tokens = 8},
          .scheduler = {},
          .worker_changed = nullptr};
}

Hello GoodHello(const std::string& id = "w0", std::uint64_t incarnation = 1) {
  return {.worker_id = id,
          .incarnation = incarnation,
          .model_digest = "d",
          .dim = kDim,
          .lanes = 1,
          .max_batch_items = 64,
          .max_batch_tokens = 512,
          .alpha_us = 10,
          .per_token_us = 1};
}

TokenizedTexts Texts(std::vector<std::int32_t> ids) {
  TokenizedTexts texts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    texts.offsets.push_back(i);
    texts.lengths.push_back(1);
  }
  texts.ids = std::move(ids);
  return texts;
}

// A core, the time, and what is to happen next.
struct World {
  Core core{Options()};
  microseconds now{1'000'000};

  template <typename... Events>
  void Step(Events... events) {
    std::vector<CoreEvent> list;
    (list.push_back(std::move(events)), ...);
    now += microseconds(100);
    core.Step(now, list);
  }
  CallArrived Arrival(CallId id, FakeSlot& slot, std::optional<TokenizedTexts> texts) {
    return {.id = id,
            .slot = &slot,
            .arrival = now,
            .deadline = now + microseconds(1'000'000),
            .texts = std::move(texts)};
  }
  std::shared_ptr<FakeStream> Attach(AttachId id, const Hello& hello) {
    auto stream = std::make_shared<FakeStream>();
    Step(StreamOpened{.id = id, .stream = stream}, StreamMessage{.id = id, .message = hello});
    return stream;
  }
};

// The vector of token id t is {t, -t}.
BatchResult ResultOf(const Batch& batch) {
  BatchResult result{.id = batch.id, .lane = batch.lane, .execution_us = 50, .grant = {{2}}};
  for (const std::int32_t id : batch.token_ids) {
    const float vector[kDim] = {static_cast<float>(id), static_cast<float>(-id)};
    result.vectors.append(reinterpret_cast<const char*>(vector), sizeof vector);
    result.statuses.push_back(ItemStatus::kDone);
  }
  return result;
}

TEST(Core, AnswersWithTheVectorsOfItsTextsInOrder) {
  World world;
  const auto stream = world.Attach(1, GoodHello());
  FakeSlot slot;
  world.Step(StreamMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, slot, Texts({5, 3})));
  const std::vector<Batch> batches = stream->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].token_ids, (std::vector<std::int32_t>{5, 3}));
  world.Step(StreamMessage{.id = 1, .message = ResultOf(batches[0])});
  ASSERT_TRUE(slot.answer.has_value());
  const auto& reply = std::get<EmbedReply>(*slot.answer);
  float values[4];
  ASSERT_EQ(reply.vectors.size(), sizeof values);
  std::memcpy(values, reply.vectors.data(), sizeof values);
  EXPECT_EQ(values[0], 5);
  EXPECT_EQ(values[3], -3);
  EXPECT_EQ(reply.worker_ids, (std::vector<std::string>{"w0"}));
  EXPECT_EQ(world.core.open_calls(), 0u);
}

TEST(Core, ACancelFindsACallThatIsStillTokenised) {
  World world;
  FakeSlot slot;
  world.Step(world.Arrival(7, slot, std::nullopt), CallCancelled{.id = 7});
  EXPECT_EQ(slot.verdict(), Verdict::kCancelled);
  world.Step(CallTokenized{.id = 7, .texts = Texts({1})});  // too late, ignored
  EXPECT_EQ(world.core.open_calls(), 0u);
}

TEST(Core, RefusesTextsThatTheTokenizerRefused) {
  World world;
  FakeSlot slot;
  TokenizedTexts texts;
  texts.refusal = Refusal{.verdict = Verdict::kInputTooLong};
  world.Step(world.Arrival(7, slot, texts));
  EXPECT_EQ(slot.verdict(), Verdict::kInputTooLong);
}

TEST(Core, TurnsAwayWorkersThatComputeSomethingElse) {
  World world;
  Hello other_model = GoodHello();
  other_model.model_digest = "other";
  Hello other_precision = GoodHello();
  other_precision.precision = Precision::kBf16;
  Hello other_version = GoodHello();
  other_version.version = 99;
  AttachId id = 1;
  for (const Hello& hello : {other_model, other_precision, other_version}) {
    const auto stream = world.Attach(id++, hello);
    EXPECT_TRUE(stream->closed);
    EXPECT_NE(stream->refusal(), "");
  }
  EXPECT_TRUE(world.core.Info().workers.empty());
}

TEST(Core, AnIdInUseIsRefusedUntilItsStreamIsSilent) {
  World world;
  const auto first = world.Attach(1, GoodHello("w0", 1));
  const auto second = world.Attach(2, GoodHello("w0", 2));
  EXPECT_TRUE(second->closed);
  EXPECT_FALSE(first->closed);
  world.now += microseconds(2'000'000);
  const auto third = world.Attach(3, GoodHello("w0", 3));
  EXPECT_TRUE(first->closed);
  EXPECT_FALSE(third->closed);
  EXPECT_EQ(world.core.Info().workers.size(), 1u);
  EXPECT_EQ(world.core.Info().workers[0].incarnation, "0000000000000003");
}

TEST(Core, WhatALostWorkerHeldGoesToAnother) {
  World world;
  const auto lost = world.Attach(1, GoodHello("w0"));
  FakeSlot slot;
  world.Step(StreamMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, slot, Texts({4})));
  ASSERT_EQ(lost->TakeBatches().size(), 1u);
  world.Step(StreamClosed{.id = 1});
  EXPECT_FALSE(slot.answer.has_value());
  const auto heir = world.Attach(2, GoodHello("w1"));
  world.Step(StreamMessage{.id = 2, .message = Grant{{1}}});
  const auto batches = heir->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  world.Step(StreamMessage{.id = 2, .message = ResultOf(batches[0])});
  ASSERT_TRUE(slot.answer.has_value());
  EXPECT_EQ(std::get<EmbedReply>(*slot.answer).attempts, 2u);
}

TEST(Core, AResultOfTheWrongSizeEndsTheStreamAndNotTheCall) {
  World world;
  const auto stream = world.Attach(1, GoodHello());
  FakeSlot slot;
  world.Step(StreamMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, slot, Texts({4})));
  BatchResult result = ResultOf(stream->TakeBatches().at(0));
  result.vectors.pop_back();
  world.Step(StreamMessage{.id = 1, .message = result});
  EXPECT_TRUE(stream->closed);
  EXPECT_FALSE(slot.answer.has_value());
}

TEST(Core, ADrainRefusesNewcomersAndFinishesTheRest) {
  World world;
  const auto stream = world.Attach(1, GoodHello());
  FakeSlot accepted;
  FakeSlot late;
  world.Step(StreamMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, accepted, Texts({4})));
  world.Step(DrainBegins{});
  EXPECT_FALSE(world.core.idle_after_drain());
  world.Step(world.Arrival(8, late, Texts({4})));
  EXPECT_EQ(late.verdict(), Verdict::kDraining);
  world.Step(StreamMessage{.id = 1, .message = ResultOf(stream->TakeBatches().at(0))});
  EXPECT_TRUE(std::holds_alternative<EmbedReply>(*accepted.answer));
  EXPECT_TRUE(world.core.idle_after_drain());
}

TEST(Core, TheEndAnswersWhatIsOpen) {
  World world;
  const auto stream = world.Attach(1, GoodHello());
  FakeSlot slot;
  world.Step(world.Arrival(7, slot, Texts({4})));
  world.Step(StopNow{});
  EXPECT_EQ(slot.verdict(), Verdict::kDraining);
  EXPECT_TRUE(stream->closed);
}

}  // namespace
}  // namespace shoal
