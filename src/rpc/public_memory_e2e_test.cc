// What hostile bodies cost the server. The client is a child process, so that its memory does not
// count: this test program again, with the server's address in the environment.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/mutex.h"
#include "rpc/public_server.h"

namespace shoal {
namespace {

constexpr char kAddressVariable[] = "SHOAL_TEST_SERVER";
constexpr int kBodies = 8;
constexpr long kMostGrowthKiB = 200 * 1024;

class UnusedHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return 1; }
  std::optional<Refusal> Start(CallId /*id*/, EmbedRequest /*request*/,
                               ReplySink& /*sink*/) override {
    return Refusal{Verdict::kInternal, "no body of these tests may get this far"};
  }
  void Cancel(CallId /*id*/) override {}
  ServiceInfo Info() override { return {}; }
};

// A line of /proc/self/status, KiB.
long StatusKiB(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key + ":", 0) == 0) return std::stol(line.substr(key.size() + 1));
  }
  ADD_FAILURE() << key << " is not in /proc/self/status";
  return 0;
}

TEST(PublicServerMemory, EightBodiesOfEmptyTextsAtOnceStayUnderTheBar) {
  UnusedHandler handler;
  const auto loop = SocketLoop::Start(SystemClock()).value();
  auto server =
      PublicServer::Start({.listen = "127.0.0.1:0", .dim = 2}, handler, SystemClock(), *loop);
  ASSERT_TRUE(server.ok()) << server.status().message();
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  const long before = StatusKiB("VmRSS");
  ASSERT_EQ(setenv(kAddressVariable, server.value()->address().c_str(), 1), 0);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=PublicServerMemory.DISABLED_Client";
  std::string disabled = "--gtest_also_run_disabled_tests";
  char* const arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
  pid_t child = 0;
  ASSERT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  const long growth = StatusKiB("VmHWM") - before;
  RecordProperty("growth_kib", std::to_string(growth));
  EXPECT_LT(growth, kMostGrowthKiB);
}

// The child's part.
TEST(PublicServerMemory, DISABLED_Client) {
  const char* const address = std::getenv(kAddressVariable);
  ASSERT_NE(address, nullptr);
  std::string body;  // 8 Mi empty texts: field 1, length 0
  while (body.size() + 2 <= std::size_t{16} << 20) body.append("\x0a\x00", 2);
  const grpc::Slice slice(body);
  grpc::ChannelArguments unlimited;
  unlimited.SetMaxSendMessageSize(-1);
  unlimited.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection each
  grpc::ClientContext contexts[kBodies];
  grpc::ByteBuffer requests[kBodies];
  grpc::ByteBuffer replies[kBodies];
  Mutex mutex;
  CondVar changed;
  int ended = 0;
  for (int i = 0; i < kBodies; ++i) {
    requests[i] = grpc::ByteBuffer(&slice, 1);
    grpc::GenericStub stub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), unlimited));
    stub.UnaryCall(&contexts[i], "/text_embedding.TextEmbedding/Embed", grpc::StubOptions(),
                   &requests[i], &replies[i], [&](const grpc::Status& status) {
                     EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
                         << status.error_message();
                     MutexLock lock(mutex);
                     ++ended;
                     changed.NotifyAll();
                   });
  }
  MutexLock lock(mutex);
  while (ended < kBodies) changed.Wait(mutex);
}

}  // namespace
}  // namespace shoal
