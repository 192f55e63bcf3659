#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <map>
#include <set>
#include <thread>

#include "base/address.h"
#include "base/mutex.h"
#include "edge/client_key.h"
#include "proto/google/rpc/error_details.pb.h"
#include "proto/google/rpc/status.pb.h"
#include "proto/public.grpc.pb.h"
#include "rpc/embed_client.h"
#include "rpc/public_server.h"

namespace shoal {
namespace {

// Answers at once, refuses the text "refuse", and holds the text "hold" until it is cancelled.
class FakeHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return next_.fetch_add(1); }
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override {
    {
      MutexLock lock(mutex_);
      client_ = request.client;
      priority_ = request.priority;
    }
    if (request.texts[0] == "refuse") {
      return Refusal{Verdict::kOverloaded, "wait", std::chrono::milliseconds(1500)};
    }
    if (request.texts[0] == "hold") {
      MutexLock lock(mutex_);
      held_[id] = &sink;
      had_deadline_ = request.deadline.has_value();
      changed_.NotifyAll();
      return std::nullopt;
    }
    EmbedReply reply = {.dim = 2, .vectors = std::string(8 * request.texts.size(), '\0')};
    reply.token_counts.assign(request.texts.size(), 3);
    sink.Finish(std::move(reply), {});
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    ReplySink* sink = nullptr;
    {
      MutexLock lock(mutex_);
      const auto found = held_.find(id);
      if (found == held_.end()) return;
      sink = found->second;
      held_.erase(found);
      ++cancelled_;
    }
    sink->Finish(Refusal{Verdict::kCancelled, "cancelled"}, {});
  }
  ServiceInfo Info() override {
    return {.version = "1.2", .model = {.name = "mini", .dim = 2, .max_tokens = 256}};
  }
  void AwaitHeld() {
    MutexLock lock(mutex_);
    while (held_.empty()) changed_.Wait(mutex_);
  }
  int cancelled() {
    MutexLock lock(mutex_);
    return cancelled_;
  }
  std::uint64_t client() {
    MutexLock lock(mutex_);
    return client_;
  }
  Priority priority() {
    MutexLock lock(mutex_);
    return priority_;
  }
  bool had_deadline() {
    MutexLock lock(mutex_);
    return had_deadline_;
  }

 private:
  std::atomic<CallId> next_{1};
  Mutex mutex_;
  CondVar changed_;
  std::map<CallId, ReplySink*> held_ GUARDED_BY(mutex_);
  int cancelled_ GUARDED_BY(mutex_) = 0;
  std::uint64_t client_ GUARDED_BY(mutex_) = 0;
  Priority priority_ GUARDED_BY(mutex_) = Priority::kNormal;
  bool had_deadline_ GUARDED_BY(mutex_) = false;
};

class PublicServerTest : public testing::Test {
 protected:
  void SetUp() override { Begin({.listen = "127.0.0.1:0", .dim = 2}); }
  void Begin(const PublicServerOptions& options) {
    server_.reset();
    auto server = PublicServer::Start(options, handler_, SystemClock(), *loop_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(server).value();
    stub_ = NewStub();
  }
  std::unique_ptr<text_embedding::TextEmbedding::Stub> NewStub() {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    own.SetMaxSendMessageSize(-1);
    return text_embedding::TextEmbedding::NewStub(
        grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), own));
  }
  grpc::Status Embed(const std::string& text) {
    text_embedding::EmbedRequest request;
    request.add_texts(text);
    return stub_->Embed(&context_, request, &response_);
  }

  FakeHandler handler_;
  const std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  std::unique_ptr<PublicServer> server_;
  std::unique_ptr<text_embedding::TextEmbedding::Stub> stub_;
  grpc::ClientContext context_;
  text_embedding::EmbedResponse response_;
};

TEST_F(PublicServerTest, AnswersUnderTheClientsRequestId) {
  context_.AddMetadata("x-request-id", "mine");
  ASSERT_TRUE(Embed("a").ok());
  EXPECT_EQ(response_.ids(0), "mine-0");
  EXPECT_EQ(response_.embeddings(0).vector_size(), 2);
  EXPECT_EQ(response_.model(), "mini");
  EXPECT_EQ(context_.GetServerInitialMetadata().find("x-request-id")->second, "mine");
}

TEST_F(PublicServerTest, ACallCountsAgainstItsAddressUnlessItNamesAClient) {
  ASSERT_TRUE(Embed("a").ok());
  EXPECT_EQ(handler_.client(), ClientKey("", "ipv4:127.0.0.1:1"));
  EXPECT_EQ(handler_.priority(), Priority::kNormal);
  grpc::ClientContext context;
  context.AddMetadata("x-shoal-client", "batch job");
  text_embedding::EmbedRequest request;
  request.add_texts("a");
  request.set_priority("high");
  ASSERT_TRUE(stub_->Embed(&context, request, &response_).ok());
  EXPECT_EQ(handler_.client(), ClientKey("batch job", ""));
  EXPECT_EQ(handler_.priority(), Priority::kHigh);
}

TEST_F(PublicServerTest, OurOwnClientNamesItself) {
  const auto client = ConnectEmbedClient(server_->address());
  ASSERT_TRUE(client.ok());
  ASSERT_TRUE((*client)->Embed({"a"}, {.priority = "bulk", .client = "me"}).ok());
  EXPECT_EQ(handler_.client(), ClientKey("me", ""));
  EXPECT_EQ(handler_.priority(), Priority::kBulk);
}

TEST_F(PublicServerTest, AnswersOfOurClientsComeOnOneThreadWhichMaySendMore) {
  const auto first = ConnectEmbedClient(server_->address());
  const auto second = ConnectEmbedClient(server_->address());
  ASSERT_TRUE(first.ok() && second.ok());
  std::set<std::thread::id> threads;
  int left = 100;
  std::promise<StatusCode> last;
  std::function<void(const Result<EmbedAnswer>&)> on_answer;
  on_answer = [&](const Result<EmbedAnswer>& answer) {
    threads.insert(std::this_thread::get_id());
    if (--left == 0) return last.set_value(answer.status().code());
    (left % 2 == 0 ? *first : *second)->EmbedAsync({left == 1 ? "refuse" : "a"}, {}, on_answer);
  };
  (*first)->EmbedAsync({"a"}, {}, on_answer);
  EXPECT_EQ(last.get_future().get(), StatusCode::kResourceExhausted);
  EXPECT_EQ(threads.size(), 1u);
}

TEST_F(PublicServerTest, OurClientAtItsEndCancelsWhatIsInFlight) {
  auto client = ConnectEmbedClient(server_->address());
  ASSERT_TRUE(client.ok());
  StatusCode code = StatusCode::kOk;
  (*client)->EmbedAsync(
      {"hold"}, {}, [&code](const Result<EmbedAnswer>& answer) { code = answer.status().code(); });
  handler_.AwaitHeld();
  client->reset();
  EXPECT_EQ(code, StatusCode::kCancelled);
}

TEST_F(PublicServerTest, ARefusalHasCodeDetailsAndPushback) {
  const grpc::Status status = Embed("refuse");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  ASSERT_EQ(details.details_size(), 2);
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  ASSERT_TRUE(details.details(1).UnpackTo(&retry));
  EXPECT_EQ(info.reason(), "overloaded");
  EXPECT_EQ(info.domain(), "shoal");
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  const auto& trailing = context_.GetServerTrailingMetadata();
  EXPECT_EQ(trailing.find("grpc-retry-pushback-ms")->second, "1500");
  EXPECT_EQ(trailing.find("x-shoal-reason")->second, "overloaded");
}

TEST_F(PublicServerTest, ABadTextIsRefusedWithItsPlace) {
  text_embedding::EmbedRequest empty;
  const grpc::Status status = stub_->Embed(&context_, empty, &response_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "texts is empty; 1 to 2048 are accepted");
}

TEST_F(PublicServerTest, ACancelledCallIsCancelledOnce) {
  std::thread canceller([this] {
    handler_.AwaitHeld();
    context_.TryCancel();
  });
  EXPECT_EQ(Embed("hold").error_code(), grpc::StatusCode::CANCELLED);
  canceller.join();
  server_->Shutdown(std::chrono::seconds(5));
  EXPECT_EQ(handler_.cancelled(), 1);
  EXPECT_FALSE(handler_.had_deadline());
}

TEST_F(PublicServerTest, TheDeadlineReachesTheHandler) {
  context_.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(200, GPR_TIMESPAN)));
  EXPECT_EQ(Embed("hold").error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  server_->Shutdown(std::chrono::seconds(5));
  EXPECT_EQ(handler_.cancelled(), 1);
  EXPECT_TRUE(handler_.had_deadline());
}

TEST_F(PublicServerTest, AHugeBodyIsRefused) {
  EXPECT_EQ(Embed(std::string(64 << 20, 'x')).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(PublicServerTest, TooMuchMetadataFailsItsCallAlone) {
  context_.AddMetadata("x-much", std::string(40'000, 'x'));
  const grpc::Status status = Embed("a");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("up to 16384 are accepted"));
  grpc::ClientContext next;
  text_embedding::EmbedRequest request;
  request.add_texts("a");
  EXPECT_TRUE(stub_->Embed(&next, request, &response_).ok());
}

TEST_F(PublicServerTest, AReplyThatWouldBeTooLargeIsRefusedBeforeAnyWork) {
  Begin({.listen = "127.0.0.1:0", .dim = 2 << 20});
  const grpc::Status status = Embed("a");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(context_.GetServerTrailingMetadata().find("x-shoal-reason")->second, "reply_too_large");
}

TEST_F(PublicServerTest, InfoTellsModelAndLimits) {
  text_embedding::InfoResponse info;
  ASSERT_TRUE(stub_->Info(&context_, {}, &info).ok());
  EXPECT_EQ(info.version(), "1.2");
  EXPECT_EQ(info.model(), "mini");
  EXPECT_EQ(info.limits().max_texts(), 2048u);
}

// Opens a connection, and waits until the server closes it or greets it (HTTP/2 settings).
class RawConnection {
 public:
  explicit RawConnection(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(ParseAddress(address)->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
  }
  ~RawConnection() { close(socket_); }
  bool IsGreeted() const {
    char byte = 0;
    return recv(socket_, &byte, 1, 0) == 1;
  }

 private:
  const int socket_;
};

TEST_F(PublicServerTest, WhenDescriptorsRunOutTheSurplusIsClosedAndLaterClientsAreServed) {
  ASSERT_TRUE(Embed("a").ok());
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<std::unique_ptr<RawConnection>> flood;
  for (int i = 0; i < 8; ++i) flood.push_back(std::make_unique<RawConnection>(server_->address()));
  for (const auto& connection : flood) EXPECT_TRUE(connection->IsGreeted());
  // From here the server finds no descriptor; a client that has its socket already can still
  // connect.
  const int next = dup(0);
  close(next);
  const rlimit low = {.rlim_cur = static_cast<rlim_t>(next) + 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  {
    const RawConnection surplus(server_->address());
    EXPECT_FALSE(surplus.IsGreeted());
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  flood.clear();
  grpc::ClientContext context;
  text_embedding::EmbedRequest request;
  request.add_texts("a");
  EXPECT_TRUE(NewStub()->Embed(&context, request, &response_).ok());
}

TEST_F(PublicServerTest, ConnectionsBeyondTheCapAreClosedUntilOthersEnd) {
  Begin({.listen = "127.0.0.1:0", .limits = {.max_connections = 2}, .dim = 2});
  auto first = std::make_unique<RawConnection>(server_->address());
  const RawConnection second(server_->address());
  EXPECT_TRUE(first->IsGreeted());
  EXPECT_TRUE(second.IsGreeted());
  EXPECT_FALSE(RawConnection(server_->address()).IsGreeted());
  first.reset();
  bool served = false;  // as soon as gRPC has closed its end
  for (int i = 0; i < 1000 && !served; ++i) served = RawConnection(server_->address()).IsGreeted();
  EXPECT_TRUE(served);
}

}  // namespace
}  // namespace shoal
