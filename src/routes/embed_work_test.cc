#include "routes/embed_work.h"

#include <gtest/gtest.h>

#include <utility>

namespace shoal {
namespace {

// Keeps the call, for the test to answer.
class WaitingHandler final : public EmbedHandler, public TokenizeHandler {
 public:
  CallId NewCallId() override { return 1; }
  std::optional<Refusal> Start(CallId, EmbedRequest, ReplySink& sink) override {
    sink_ = &sink;
    return std::nullopt;
  }
  void Cancel(CallId) override {
    Finish(Refusal{.verdict = Verdict::kCancelled, .message = "cancelled"});
  }
  ServiceInfo Info() override { return {}; }
  std::optional<Refusal> Tokenize(TokenizeRequest, Done) override { return Refusal(); }

  void Finish(EmbedOutcome outcome) {
    std::exchange(sink_, nullptr)->Finish(std::move(outcome), {});
  }
  bool has_call() const { return sink_ != nullptr; }

 private:
  ReplySink* sink_ = nullptr;
};

class Reply final : public HttpReply {
 public:
  void Answer(HttpAnswer answer) override {
    body = std::move(answer.body);
    finished = true;
  }
  void Begin(HttpAnswer answer) override { body = std::move(answer.body); }
  void Send(std::string_view piece) override { body += piece; }
  void Finish() override { finished = true; }
  void Cut() override { finished = true; }
  std::size_t unsent_bytes() const override { return unsent; }
  void Keeps(std::size_t bytes) override { kept = bytes; }

  std::string body;
  bool finished = false;
  std::size_t unsent = 0;
  std::size_t kept = 0;
};

class EmbedWorkTest : public testing::Test {
 protected:
  void SetUp() override {
    work_ = StartEmbed(RouteCall({}, ApiStyle::kOpenAi, "id", {}, reply_), {}, context_,
                       [](EmbedReply&, const EmbedTiming&) {
                         return EmbedReplyForm{
                             {.before = "[", .form = VectorsLayout::Form::kFloats, .after = "]"}};
                       });
  }
  // One vector of 100 bytes of zeros, over and over.
  void Finish(int count) {
    constexpr int kDim = 25;
    handler_.Finish(EmbedReply{.dim = kDim, .vectors = std::string(Bytes(count), '\0')});
  }
  static std::size_t Bytes(int count) { return static_cast<std::size_t>(count) * 100; }

  const Clock& clock_ = SystemClock();
  WaitingHandler handler_;
  ByteBudget received_{1000};
  RouteContext context_{.clock = clock_,
                        .handler = handler_,
                        .tokenizer = handler_,
                        .limits = {},
                        .model = {},
                        .names = ModelNames("model"),
                        .version = "",
                        .received = received_,
                        .pending = {.handler = handler_},
                        .request_ids = RequestIds(1),
                        .reports = {.clock = clock_}};
  Reply reply_;
  std::unique_ptr<HttpWork> work_;
};

TEST_F(EmbedWorkTest, ASmallAnswerIsGivenAtOnce) {
  Finish(1);
  EXPECT_TRUE(reply_.finished);
  EXPECT_TRUE(reply_.body.starts_with("[[0,0,")) << reply_.body;
  EXPECT_EQ(reply_.kept, 0u);
}

TEST_F(EmbedWorkTest, PartsAreWrittenAsTheyAreRead) {
  Finish(10'000);
  EXPECT_FALSE(reply_.finished);
  EXPECT_EQ(reply_.kept, Bytes(10'000));
  const std::size_t first = reply_.body.size();
  reply_.unsent = 1 << 20;
  work_->OnSent();
  EXPECT_EQ(reply_.body.size(), first) << "nobody reads";
  reply_.unsent = 0;
  for (int i = 0; i < 100 && !reply_.finished; ++i) work_->OnSent();
  EXPECT_TRUE(reply_.finished);
  EXPECT_TRUE(reply_.body.ends_with(",0]]"));
  work_->OnSent();
}

TEST_F(EmbedWorkTest, AnAnswerThatIsDoneWithItsFirstPartEnds) {
  Finish(2'000);  // 600 KB where numbers have the digits that are usual
  work_->OnSent();
  EXPECT_TRUE(reply_.finished);
  EXPECT_TRUE(reply_.body.ends_with(",0]]"));
}

TEST_F(EmbedWorkTest, TheCallOfWhoGoesIsCancelled) {
  EXPECT_TRUE(handler_.has_call());
  work_.reset();
  EXPECT_FALSE(handler_.has_call());
  EXPECT_EQ(context_.pending.count, 0u);
  EXPECT_FALSE(reply_.finished);
}

}  // namespace
}  // namespace shoal
