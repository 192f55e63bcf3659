// What the tests of the core share: sinks and attachments that keep what they are told, and a world
// of one core and its time.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "coordinator/core.h"

namespace shoal {

inline constexpr int kCoreDim = 2;

class FakeSink final : public ReplySink {
 public:
  void Finish(EmbedOutcome outcome, const CallWork& its_work) override {
    EXPECT_FALSE(answer.has_value()) << "finished twice";
    answer = std::move(outcome);
    work = its_work;
  }
  Verdict verdict() const { return std::get<Refusal>(*answer).verdict; }

  std::optional<EmbedOutcome> answer;
  CallWork work;
};

class FakeAttachment final : public WorkerAttachment {
 public:
  void Send(CoordinatorMessage message) override { sent.push_back(std::move(message)); }
  void Close() override { closed = true; }
  std::string_view peer() const override { return "ipv4:10.0.0.7:5"; }

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

inline CoreOptions TestOptions() {
  return {.version = "1",
          .coordinator_id = "c",
          .model = {.name = "m",
                    .digest = "d",
                    .precision = Precision::kFp32,
                    .dim = kCoreDim,
                    .max_tokens = 8},
          .scheduler = {},
          .worker_changed = nullptr,
          .second_attempt = nullptr};
}

inline Hello GoodHello(const std::string& id = "w0", std::uint64_t incarnation = 1) {
  return {.worker_id = id,
          .incarnation = incarnation,
          .model_digest = "d",
          .dim = kCoreDim,
          .lanes = 1,
          .max_batch_items = 64,
          .max_batch_tokens = 512,
          .alpha_us = 10,
          .per_token_us = 1};
}

inline TokenizedTexts Texts(std::vector<std::int32_t> ids) {
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
  explicit World(CoreOptions options = TestOptions()) : core(std::move(options)) {}

  Core core;
  std::chrono::microseconds now{1'000'000};

  template <typename... Events>
  void Step(Events... events) {
    std::vector<CoreEvent> list;
    (list.push_back(std::move(events)), ...);
    now += std::chrono::microseconds(100);
    core.Step(now, list);
  }
  CallArrived Arrival(CallId id, FakeSink& sink, std::optional<TokenizedTexts> texts) {
    return {.id = id,
            .sink = &sink,
            .arrival = now,
            .deadline = now + std::chrono::microseconds(1'000'000),
            .texts = std::move(texts)};
  }
  std::shared_ptr<FakeAttachment> Attach(AttachmentId id, const Hello& hello) {
    auto attachment = std::make_shared<FakeAttachment>();
    Step(AttachmentOpened{.id = id, .attachment = attachment},
         AttachmentMessage{.id = id, .message = hello});
    return attachment;
  }
};

// The vector of token id t is {t, -t}.
inline BatchResult ResultOf(const Batch& batch) {
  BatchResult result{.id = batch.id, .lane = batch.lane, .execution_us = 50, .grant = {{2}}};
  for (const std::int32_t id : batch.token_ids) {
    const float vector[kCoreDim] = {static_cast<float>(id), static_cast<float>(-id)};
    result.vectors.append(reinterpret_cast<const char*>(vector), sizeof vector);
    result.statuses.push_back(ItemStatus::kDone);
  }
  return result;
}

}  // namespace shoal
