// What the two servers say of themselves, asked with raw bytes: Debian brings no C++ client of
// health and reflection.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "base/mutex.h"
#include "rpc/public_server.h"

namespace shoal {
namespace {

constexpr char kListServices[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";

struct RawReply {
  grpc::Status status;
  std::string bytes;
};

// Sends one message, half-closes, and takes one: right for a unary method, and for reflection's
// stream as well.
RawReply Ask(const std::string& address, const std::string& method, const std::string& request) {
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own));
  grpc::ClientContext context;
  const grpc::Slice out(request);
  grpc::ByteBuffer to(&out, 1);
  grpc::ByteBuffer from;
  RawReply reply;
  Mutex mutex;
  CondVar changed;
  bool done = false;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &to, &from, [&](grpc::Status status) {
    MutexLock lock(mutex);
    reply.status = std::move(status);
    done = true;
    changed.NotifyAll();
  });
  MutexLock lock(mutex);
  while (!done) changed.Wait(mutex);
  grpc::Slice in;
  if (reply.status.ok() && from.DumpToSingleSlice(&in).ok()) {
    reply.bytes.assign(reinterpret_cast<const char*>(in.begin()), in.size());
  }
  return reply;
}

// ServerReflectionRequest {list_services = ""}.
RawReply ListServices(const std::string& address) {
  return Ask(address, kListServices, std::string("\x3a\x00", 2));
}

// Holds every call until it is cancelled.
class HoldingHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return 1; }
  std::optional<Refusal> Start(CallId /*id*/, EmbedRequest /*request*/, ReplySink& sink) override {
    MutexLock lock(mutex_);
    held_ = &sink;
    changed_.NotifyAll();
    return std::nullopt;
  }
  void Cancel(CallId /*id*/) override {
    ReplySink* held = nullptr;
    {
      MutexLock lock(mutex_);
      held = std::exchange(held_, nullptr);
    }
    if (held != nullptr) held->Finish(Refusal{Verdict::kCancelled, "cancelled"}, {});
  }
  ServiceInfo Info() override { return {}; }
  void AwaitHeld() {
    MutexLock lock(mutex_);
    while (held_ == nullptr) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  ReplySink* held_ GUARDED_BY(mutex_) = nullptr;
};

class PublicServicesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server =
        PublicServer::Start({.listen = "127.0.0.1:0", .dim = 2}, handler_, SystemClock(), *loop_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(server).value();
  }
  std::string Health(const std::string& service) {
    const std::string request =
        service.empty() ? "" : std::string{'\x0a', static_cast<char>(service.size())} + service;
    const RawReply reply = Ask(server_->address(), kHealthCheck, request);
    EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
    return reply.bytes;
  }

  HoldingHandler handler_;
  const std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  std::unique_ptr<PublicServer> server_;
};

TEST_F(PublicServicesTest, ReflectionListsWhatClientsMayCall) {
  const RawReply reply = ListServices(server_->address());
  ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_NE(reply.bytes.find("text_embedding.TextEmbedding"), std::string::npos);
  const std::size_t own = reply.bytes.find("grpc.reflection.v1alpha.ServerReflection");
  ASSERT_NE(own, std::string::npos);
  EXPECT_EQ(reply.bytes.find("grpc.reflection.v1alpha.ServerReflection", own + 1),
            std::string::npos);
}

TEST(ServerReflection, IsRegisteredOnceSoThatNothingIsLogged) {
  HoldingHandler handler;
  const auto loop = SocketLoop::Start(SystemClock()).value();
  testing::internal::CaptureStderr();
  {
    auto server =
        PublicServer::Start({.listen = "127.0.0.1:0", .dim = 2}, handler, SystemClock(), *loop);
    EXPECT_TRUE(server.ok());
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(PublicServicesTest, HealthFollowsSetServing) {
  const std::string serving("\x08\x01", 2);
  const std::string not_serving("\x08\x02", 2);
  for (const char* const service : {"", "text_embedding.TextEmbedding"}) {
    EXPECT_EQ(Health(service), not_serving) << service;
    server_->SetServing(true);
    EXPECT_EQ(Health(service), serving) << service;
    server_->SetServing(false);
  }
  EXPECT_EQ(Health(""), not_serving);
}

TEST_F(PublicServicesTest, ShutdownEndsACallThatIsInFlight) {
  const std::string one_text("\x0a\x01t", 3);
  RawReply reply;
  std::thread caller(
      [&] { reply = Ask(server_->address(), "/text_embedding.TextEmbedding/Embed", one_text); });
  handler_.AwaitHeld();
  server_->Shutdown(std::chrono::milliseconds(50));
  caller.join();
  EXPECT_FALSE(reply.status.ok());
}

}  // namespace
}  // namespace shoal
