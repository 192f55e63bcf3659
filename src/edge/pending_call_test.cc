#include "edge/pending_call.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace shoal {
namespace {

class FakeHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return ++last_id; }
  std::optional<Refusal> Start(CallId id, EmbedRequest /*request*/, ReplySink& sink) override {
    if (refuses) return Refusal{.verdict = Verdict::kOverloaded, .message = "full"};
    if (answers_at_once) {
      sink.Finish(EmbedReply(), {});
    } else {
      sinks[id] = &sink;
    }
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    if (finishes_cancelled) Answer(id);
  }
  ServiceInfo Info() override { return {}; }
  void Answer(CallId id) {
    const auto sink = sinks.extract(id);
    if (!sink.empty()) sink.mapped()->Finish(EmbedReply(), {});
  }

  bool refuses = false, answers_at_once = false, finishes_cancelled = true;
  CallId last_id = 0;
  std::map<CallId, ReplySink*> sinks;
};

class PendingCallTest : public testing::Test {
 protected:
  ~PendingCallTest() override {
    EXPECT_EQ(calls_.count, 0u);
    EXPECT_EQ(ended_, 1);
    EXPECT_EQ(budget_.used(), 0u);
  }
  PendingCall* New() {
    return PendingCall::New(calls_, *budget_.TryTake(10),
                            [this](const EmbedOutcome&, const CallWork&) {
                              ++answers_;
                              EXPECT_EQ(calls_.count, 1u) << "it is one until its answer is given";
                            });
  }

  FakeHandler handler_;
  int answers_ = 0, ended_ = 0;
  ByteBudget budget_{100};
  PendingCalls calls_{.handler = handler_, .ended = [this] { ++ended_; }};
};

TEST_F(PendingCallTest, IsAnsweredLater) {
  EXPECT_FALSE(New()->Start({}).has_value());
  EXPECT_EQ(budget_.used(), 10u);
  handler_.Answer(1);
  EXPECT_EQ(answers_, 1);
}

TEST_F(PendingCallTest, IsAnsweredWithinStart) {
  handler_.answers_at_once = true;
  EXPECT_FALSE(New()->Start({}).has_value());
  EXPECT_EQ(answers_, 1);
}

TEST_F(PendingCallTest, ARefusalIsNoAnswer) {
  handler_.refuses = true;
  EXPECT_EQ(New()->Start({})->message, "full");
  EXPECT_EQ(answers_, 0);
}

TEST_F(PendingCallTest, AnAbandonedOneMayEndWithinCancel) {
  PendingCall* const call = New();
  EXPECT_FALSE(call->Start({}).has_value());
  call->Abandon();
  EXPECT_EQ(answers_, 0);
}

TEST_F(PendingCallTest, AnAbandonedOneMayEndLater) {
  handler_.finishes_cancelled = false;
  PendingCall* const call = New();
  EXPECT_FALSE(call->Start({}).has_value());
  call->Abandon();
  EXPECT_EQ(calls_.count, 1u);
  handler_.Answer(1);
  EXPECT_EQ(answers_, 0);
}

}  // namespace
}  // namespace shoal
