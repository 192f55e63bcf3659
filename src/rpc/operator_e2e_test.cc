#include <gtest/gtest.h>

#include "api/embed.h"
#include "api/operator.h"
#include "base/clock.h"
#include "rpc/operator_client.h"
#include "rpc/public_server.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kSoon{20};

class NoCalls final : public EmbedHandler {
 public:
  CallId NewCallId() override { return 1; }
  std::optional<Refusal> Start(CallId, EmbedRequest, ReplySink&) override {
    return Refusal{.message = "no call is expected"};
  }
  void Cancel(CallId) override {}
  ServiceInfo Info() override { return {}; }
};

// Knows the worker "known".
class OneWorker final : public OperatorHandler {
 public:
  void SetWorkerDrained(std::string worker_id, bool drain, Done done) override {
    if (worker_id != "known") return done(NotFoundError("known is known"));
    drained = drain;
    done({});
  }
  std::atomic<bool> drained = false;
};

class OperatorTest : public testing::Test {
 protected:
  void Serve(const std::string& listen, OperatorHandler* handler, const std::string& token = "") {
    auto server = PublicServer::Start(
        {.listen = listen, .dim = 2, .operator_handler = handler, .operator_token = token}, calls_,
        SystemClock(), *loop_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(server).value();
  }
  Status Ask(const std::string& worker_id, bool drained, const std::string& token = "") {
    return SetWorkerDrained(server_->address(), worker_id, drained, token, kSoon);
  }

  NoCalls calls_;
  OneWorker worker_;
  const std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  std::unique_ptr<PublicServer> server_;
};

TEST_F(OperatorTest, DrainsAndResumesAWorker) {
  Serve("127.0.0.1:0", &worker_);
  EXPECT_TRUE(Ask("known", true).ok());
  EXPECT_TRUE(worker_.drained);
  EXPECT_TRUE(Ask("known", false).ok());
  EXPECT_FALSE(worker_.drained);
}

TEST_F(OperatorTest, TellsTheWordsOfTheHandler) {
  Serve("127.0.0.1:0", &worker_);
  const Status status = Ask("other", true);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "known is known");
  EXPECT_EQ(Ask("", true).code(), StatusCode::kInvalidArgument);
}

TEST_F(OperatorTest, AsksForTheTokenThatItWasGiven) {
  Serve("127.0.0.1:0", &worker_, "secret");
  EXPECT_EQ(Ask("known", true).code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(Ask("known", true, "guess").code(), StatusCode::kUnauthenticated);
  EXPECT_FALSE(worker_.drained);
  EXPECT_TRUE(Ask("known", true, "secret").ok());
  EXPECT_TRUE(worker_.drained);
}

TEST_F(OperatorTest, IsNotServedWithoutAHandler) {
  Serve("127.0.0.1:0", nullptr);
  EXPECT_EQ(Ask("known", true).code(), StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace shoal
