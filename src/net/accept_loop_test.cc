#include "net/accept_loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/mutex.h"

namespace shoal {
namespace {

// A server that greets with one byte and keeps the connection until it is told to end all.
class Greeter {
 public:
  explicit Greeter(std::size_t max_connections) {
    loop_ = AcceptLoop::Bind({.host = "127.0.0.1", .port = 0}, max_connections).value();
    loop_->Run(
        [this](int /*listener*/, int socket) {
          MutexLock lock(mutex_);
          kept_.push_back(Descriptor(socket));
          EXPECT_EQ(send(socket, "x", 1, MSG_NOSIGNAL), 1);
        },
        [this](const RefusedConnection& refused) {
          MutexLock lock(mutex_);
          refused_.push_back(refused);
        });
  }

  AcceptLoop& loop() { return *loop_; }
  void EndAll() {
    MutexLock lock(mutex_);
    kept_.clear();
  }
  // What it was told of, once it has stopped.
  std::vector<RefusedConnection> Refused() {
    loop_->Stop();
    MutexLock lock(mutex_);
    return refused_;
  }

 private:
  Mutex mutex_;
  std::vector<Descriptor> kept_ GUARDED_BY(mutex_);
  std::vector<RefusedConnection> refused_ GUARDED_BY(mutex_);
  std::unique_ptr<AcceptLoop> loop_;  // last: ends before what it calls
};

class Client {
 public:
  explicit Client(const AcceptLoop& loop)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(ParseAddress(loop.address())->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }

  bool connected() const { return connected_; }
  // Waits until the server greets or closes.
  bool IsGreeted() const {
    char byte = 0;
    return recv(socket_.get(), &byte, 1, 0) == 1;
  }

 private:
  const Descriptor socket_;
  bool connected_ = false;
};

TEST(AcceptLoop, ConnectionsOverTheLimitAreClosedUntilOthersHaveEnded) {
  Greeter greeter(2);
  const Client first(greeter.loop());
  const Client second(greeter.loop());
  EXPECT_TRUE(first.IsGreeted());
  EXPECT_TRUE(second.IsGreeted());
  EXPECT_FALSE(Client(greeter.loop()).IsGreeted());
  greeter.EndAll();
  EXPECT_TRUE(Client(greeter.loop()).IsGreeted());
}

TEST(AcceptLoop, EveryConnectionOverTheLimitIsCountedAndTold) {
  Greeter greeter(1);
  const Client first(greeter.loop());
  EXPECT_TRUE(first.IsGreeted());
  EXPECT_EQ(greeter.loop().refused(), 0u);
  EXPECT_FALSE(Client(greeter.loop()).IsGreeted());
  EXPECT_FALSE(Client(greeter.loop()).IsGreeted());
  const std::vector<RefusedConnection> refused = greeter.Refused();
  EXPECT_EQ(greeter.loop().refused(), 2u);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[1].limit, "max-connections");
  EXPECT_EQ(refused[1].value, 1u);
  EXPECT_EQ(refused[1].total, 2u);
}

TEST(AcceptLoop, AConnectionForWhichTooFewFilesAreLeftIsCountedAndTold) {
  Greeter greeter(100);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low = {.rlim_cur = 24, .rlim_max = before.rlim_max};
  const Client client(greeter.loop());
  EXPECT_TRUE(client.IsGreeted());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_FALSE(Client(greeter.loop()).IsGreeted());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  const std::vector<RefusedConnection> refused = greeter.Refused();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].limit, "open files");
  EXPECT_EQ(refused[0].value, 24u);
}

TEST(AcceptLoop, ConnectionsThatCameAndWentDoNotCount) {
  Greeter greeter(1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Client(greeter.loop()).IsGreeted());
    greeter.EndAll();
  }
}

TEST(AcceptLoop, NobodyConnectsAfterStopAndASecondOneDoesNothing) {
  Greeter greeter(1);
  greeter.loop().Stop();
  greeter.loop().Stop();
  EXPECT_FALSE(Client(greeter.loop()).connected());
}

TEST(AcceptLoop, OneThatNeverRanGivesItsPortBack) {
  auto first = AcceptLoop::Bind({.host = "127.0.0.1", .port = 0}, 1);
  ASSERT_TRUE(first.ok());
  const Address address = ParseAddress((*first)->address()).value();
  EXPECT_EQ(AcceptLoop::Bind(address, 1).status().code(), StatusCode::kUnavailable);
  first->reset();
  EXPECT_TRUE(AcceptLoop::Bind(address, 1).ok());
}

}  // namespace
}  // namespace shoal
