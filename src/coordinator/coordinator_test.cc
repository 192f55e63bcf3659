#include "coordinator/coordinator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <thread>

#include "base/thread_event_loop.h"
#include "coordinator/core_fixture.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

// Turned by hand: what is posted waits for Turn.
class ManualLoop final : public EventLoop<CoreEvent> {
 public:
  bool TryPost(CoreEvent event) override { return events_.size() < room && Post(std::move(event)); }
  bool Post(CoreEvent event) override {
    if (stopped_) return false;
    events_.push_back(std::move(event));
    return true;
  }
  void Run(Step step) override { step_ = std::move(step); }
  void Stop() override {
    if (std::exchange(stopped_, true)) return;
    while (!events_.empty()) Turn();
  }

  void Turn() {
    std::vector<CoreEvent> events = std::exchange(events_, {});
    wake_at = step_(events);
  }

  std::size_t room = 1000;
  TimePoint wake_at;

 private:
  std::vector<CoreEvent> events_;
  Step step_;
  bool stopped_ = false;
};

Tokenizer Letters() {
  auto tokenizer = Tokenizer::Create("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n",
                                     {.max_tokens = TestOptions().model.max_tokens});
  return std::move(tokenizer).value();
}

EmbedRequest Request(std::string text) { return {.texts = {std::move(text)}}; }

// Answers every batch as soon as it comes, and grants the next.
class EagerWorker final : public WorkerAttachment {
 public:
  EagerWorker(Coordinator& coordinator, AttachmentId id) : coordinator_(coordinator), id_(id) {}

  void Send(CoordinatorMessage message) override {
    auto* batch = std::get_if<Batch>(&message);
    if (batch == nullptr) return;
    BatchResult result{
        .id = batch->id, .lane = batch->lane, .execution_us = 1, .grant = {{++granted_}}};
    result.vectors.assign(batch->items.size() * kCoreDim * sizeof(float), '\0');
    result.statuses.assign(batch->items.size(), ItemStatus::kDone);
    coordinator_.Message(id_, std::move(result));
  }
  void Close() override { coordinator_.Closed(id_, {}); }

 private:
  Coordinator& coordinator_;
  const AttachmentId id_;
  std::uint64_t granted_ = 2;  // of the coordinator's thread, after Attach
};

void Attach(Coordinator& coordinator, AttachmentId id,
            std::shared_ptr<WorkerAttachment> attachment) {
  coordinator.Opened(id, std::move(attachment));
  coordinator.Message(id, GoodHello("w" + std::to_string(id)));
  coordinator.Message(id, Grant{{2}});
}

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() { clock_.Advance(std::chrono::seconds(1)); }

  std::optional<Refusal> Start(CallId id, EmbedRequest request, FakeSink& sink) {
    return coordinator_.Start(id, std::move(request), sink);
  }
  void Turn() {
    clock_.Advance(milliseconds(1));
    loop_.Turn();
  }

  ManualClock clock_;
  ManualLoop loop_;
  int announced_ = 0;
  Coordinator coordinator_{{.core = TestOptions(),
                            .prompts = {{"query", "a "}},
                            .workers_changed = [this] { ++announced_; }},
                           Letters(),
                           clock_,
                           loop_};
};

TEST_F(CoordinatorTest, ACallIsTokenisedSentAndAnswered) {
  const auto attachment = std::make_shared<FakeAttachment>();
  Attach(coordinator_, 1, attachment);
  FakeSink sink;
  EXPECT_FALSE(Start(coordinator_.NewCallId(), Request("b"), sink));
  Turn();
  const std::vector<Batch> batches = attachment->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].token_ids, (std::vector<std::int32_t>{2, 6, 3}));
  coordinator_.Message(1, BatchResult{.id = batches[0].id,
                                      .statuses = {ItemStatus::kDone},
                                      .vectors = std::string(kCoreDim * sizeof(float), '\0'),
                                      .grant = {{3}}});
  Turn();
  ASSERT_TRUE(sink.answer.has_value());
  EXPECT_EQ(std::get<EmbedReply>(*sink.answer).token_counts, std::vector<std::uint32_t>{3});
}

TEST_F(CoordinatorTest, ItsFiguresAreNewAfterEachWholeSecond) {
  clock_.Advance(milliseconds(899));
  Turn();  // at 1.9 s
  FakeSink sink;
  const CallId id = coordinator_.NewCallId();
  EXPECT_FALSE(Start(id, Request("b"), sink));
  clock_.Advance(milliseconds(98));
  Turn();
  EXPECT_EQ(coordinator_.Figures().open_calls, 0u) << "of 100 ms ago";
  Turn();
  EXPECT_EQ(coordinator_.Figures().open_calls, 1u) << "of 2 s";
  coordinator_.Cancel(id);
  Turn();
}

TEST_F(CoordinatorTest, RefusesAtOnceWhatItDoesNotServe) {
  FakeSink sink;
  EmbedRequest prompted = Request("a");
  prompted.prompt_name = "passage";
  EXPECT_EQ(Start(1, prompted, sink)->message,
            "prompt_name 'passage' is unknown; the model has query");
  EXPECT_FALSE(sink.answer.has_value());
}

TEST_F(CoordinatorTest, AFullInboxIsOverload) {
  loop_.room = 0;
  FakeSink sink;
  const auto refusal = Start(1, Request("a"), sink);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->verdict, Verdict::kOverloaded);
  EXPECT_GT(refusal->retry_after.count(), 0);
}

TEST_F(CoordinatorTest, ACancelInTheSameTurnAsItsCallEndsIt) {
  FakeSink sink;
  EXPECT_FALSE(Start(1, Request("a"), sink));
  coordinator_.Cancel(1);
  Turn();
  EXPECT_EQ(sink.verdict(), Verdict::kCancelled);
}

TEST_F(CoordinatorTest, ACancelBeforeItsCallOrAfterItsAnswerDoesNothing) {
  coordinator_.Cancel(1);
  Turn();
  FakeSink sink;
  EXPECT_FALSE(Start(1, Request("a"), sink));
  Turn();
  EXPECT_FALSE(sink.answer.has_value());
  coordinator_.Stop();
  EXPECT_EQ(sink.verdict(), Verdict::kDraining);
  coordinator_.Cancel(1);
}

TEST_F(CoordinatorTest, AWorkerIsAnnouncedWhenInfoShowsIt) {
  Turn();
  EXPECT_EQ(announced_, 0);
  Attach(coordinator_, 1, std::make_shared<FakeAttachment>());
  Turn();
  EXPECT_EQ(announced_, 1);
  ASSERT_EQ(coordinator_.Info().workers.size(), 1u);
  EXPECT_EQ(coordinator_.Info().workers[0].state, WorkerState::kReady);
  coordinator_.Closed(1, {});
  Turn();
  EXPECT_EQ(announced_, 2);
  EXPECT_EQ(coordinator_.Info().workers[0].state, WorkerState::kLost);
}

TEST_F(CoordinatorTest, AnOperatorIsAnsweredWhenInfoShowsTheDrain) {
  Attach(coordinator_, 1, std::make_shared<FakeAttachment>());
  Turn();
  WorkerState seen = WorkerState::kReady;
  coordinator_.SetWorkerDrained("w1", true, [&](const Status& status) {
    EXPECT_TRUE(status.ok()) << status.message();
    seen = coordinator_.Info().workers[0].state;
  });
  Turn();
  EXPECT_EQ(seen, WorkerState::kDrained);
}

TEST_F(CoordinatorTest, AfterTheEndAnOperatorIsToldSo) {
  coordinator_.Stop();
  Status status;
  coordinator_.SetWorkerDrained("w1", true, [&](const Status& answer) { status = answer; });
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
}

TEST_F(CoordinatorTest, ACallAfterTheEndIsToldSo) {
  coordinator_.Stop();
  FakeSink sink;
  EXPECT_EQ(Start(1, Request("a"), sink)->verdict, Verdict::kDraining);
}

TEST_F(CoordinatorTest, ACallThatComesBetweenTheOrderToStopAndTheEndIsAnswered) {
  FakeSink sink;
  // What Stop posts first, handled before the loop has ended.
  loop_.Post(StopNow{});
  Turn();
  EXPECT_FALSE(Start(1, Request("a"), sink));
  coordinator_.Stop();
  EXPECT_EQ(sink.verdict(), Verdict::kDraining);
}

TEST_F(CoordinatorTest, ADrainEndsWhenTheLastCallIsAnswered) {
  const auto attachment = std::make_shared<FakeAttachment>();
  Attach(coordinator_, 1, attachment);
  FakeSink sink;
  EXPECT_FALSE(Start(1, Request("a"), sink));
  coordinator_.BeginDrain();
  Turn();
  EXPECT_FALSE(coordinator_.WaitUntilDrained(SystemClock().Now()));
  const std::vector<Batch> batches = attachment->TakeBatches();
  ASSERT_EQ(batches.size(), 1u);
  coordinator_.Message(1, BatchResult{.id = batches[0].id,
                                      .statuses = {ItemStatus::kDone},
                                      .vectors = std::string(kCoreDim * sizeof(float), '\0'),
                                      .grant = {{3}}});
  Turn();
  EXPECT_TRUE(coordinator_.WaitUntilDrained(SystemClock().Now()));
}

// What a caller who asked for tokens was told.
struct Tokens {
  TokenizeHandler::Done done() {
    return [this](TokenizeOutcome told) {
      EXPECT_FALSE(outcome.has_value()) << "told twice";
      outcome = std::move(told);
    };
  }
  const Refusal& refusal() const { return std::get<Refusal>(*outcome); }

  std::optional<TokenizeOutcome> outcome;
};

TEST_F(CoordinatorTest, WhoAsksForTokensIsRefusedInTheWordsOfEmbed) {
  Tokens tokens;
  EXPECT_EQ(
      coordinator_.Tokenize({.texts = {"a"}, .prompt_name = "passage"}, tokens.done())->message,
      "prompt_name 'passage' is unknown; the model has query");
  loop_.room = 0;
  EXPECT_EQ(coordinator_.Tokenize({.texts = {"a"}}, tokens.done())->verdict, Verdict::kOverloaded);
  coordinator_.Stop();
  EXPECT_EQ(coordinator_.Tokenize({.texts = {"a"}}, tokens.done())->verdict, Verdict::kDraining);
  EXPECT_FALSE(tokens.outcome.has_value());
}

// Waits for the answer, which the loop's thread brings.
TokenizeOutcome Told(Coordinator& coordinator, TokenizeRequest request) {
  std::promise<TokenizeOutcome> promise;
  EXPECT_FALSE(coordinator.Tokenize(
      std::move(request), [&](TokenizeOutcome outcome) { promise.set_value(std::move(outcome)); }));
  return promise.get_future().get();
}

TEST(CoordinatorThreads, GivesTokensToWhoAsksForThem) {
  ThreadEventLoop<CoreEvent> loop(100);
  Coordinator coordinator({.core = TestOptions(), .prompts = {{"query", "a "}}}, Letters(),
                          SystemClock(), loop);
  const auto reply =
      std::get<TokenizeReply>(Told(coordinator, {.texts = {"b c", "c"}, .prompt_name = "query"}));
  ASSERT_EQ(reply.texts.size(), 2u);
  EXPECT_EQ(reply.texts[0].text, "a b c");
  EXPECT_EQ(reply.texts[0].tokens, (std::vector<TextToken>{{5, 0, 1}, {6, 2, 3}, {7, 4, 5}}));
  EXPECT_EQ(reply.first->id, 2);
}

TEST(CoordinatorThreads, EveryoneWhoAskedForTokensIsToldOnceWhenItIsStopped) {
  std::atomic<int> asked = 0;
  std::atomic<int> told = 0;
  ThreadEventLoop<CoreEvent> loop(10'000);
  {
    Coordinator coordinator({.core = TestOptions()}, Letters(), SystemClock(), loop);
    std::thread caller([&] {
      for (int i = 0; i < 300; ++i) {
        const auto refusal = coordinator.Tokenize({.texts = {std::string(2000, 'a')}},
                                                  [&](const TokenizeOutcome&) { ++told; });
        if (refusal) continue;
        ++asked;
        asked.notify_one();
      }
    });
    for (int seen = 0; seen < 100; seen = asked) asked.wait(seen);
    coordinator.Stop();
    caller.join();
  }
  EXPECT_EQ(told, asked);
}

// Counts the answers that come after a Start that was not refused.
class CountingSink final : public ReplySink {
 public:
  explicit CountingSink(std::atomic<int>& answers) : answers_(answers) {}
  void Finish(EmbedOutcome, const CallWork&) override { ++answers_; }

 private:
  std::atomic<int>& answers_;
};

// Callers on several threads, some of which cancel, some with texts that go through the pool; then
// `end`, in the middle of it.
void ExpectOneAnswerEach(const std::function<void(Coordinator&)>& end) {
  constexpr int kThreads = 3;
  constexpr int kCalls = 300;  // of each
  std::atomic<int> answers = 0;
  std::atomic<int> started = 0;
  std::deque<CountingSink> sinks(kThreads * kCalls, CountingSink(answers));
  ThreadEventLoop<CoreEvent> loop(10'000);
  {
    Coordinator coordinator({.core = TestOptions()}, Letters(), SystemClock(), loop);
    Attach(coordinator, 1, std::make_shared<EagerWorker>(coordinator, 1));
    std::vector<std::thread> callers;
    for (int t = 0; t < kThreads; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < kCalls; ++i) {
          CountingSink& sink = sinks[static_cast<std::size_t>(t * kCalls + i)];
          const CallId id = coordinator.NewCallId();
          const std::size_t length = i % 7 == 0 ? 5000 : 3;
          if (!coordinator.Start(id, Request(std::string(length, 'a')), sink)) {
            ++started;
            started.notify_one();
          }
          if (i % 3 == 0) coordinator.Cancel(id);
        }
      });
    }
    for (int seen = 0; seen < kCalls; seen = started) started.wait(seen);
    end(coordinator);
    for (std::thread& caller : callers) caller.join();
    coordinator.Stop();
  }
  EXPECT_EQ(answers, started);
}

TEST(CoordinatorThreads, EveryStartedCallHasOneAnswerBesideCancels) {
  ExpectOneAnswerEach([](Coordinator&) {});
}

TEST(CoordinatorThreads, EveryStartedCallHasOneAnswerInADrainUnderLoad) {
  ExpectOneAnswerEach([](Coordinator& coordinator) {
    coordinator.BeginDrain();
    EXPECT_TRUE(coordinator.WaitUntilDrained(SystemClock().Now() + std::chrono::seconds(60)));
  });
}

TEST(CoordinatorThreads, EveryStartedCallHasOneAnswerWhenItIsStoppedUnderLoad) {
  ExpectOneAnswerEach([](Coordinator& coordinator) { coordinator.Stop(); });
}

}  // namespace
}  // namespace shoal
