#include "net/accept_loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/mutex.h"

namespace shoal {
namespace {

// A server that greets with one byte and keeps the connection until it is told to end all.
class Greeter {
 public:
  explicit Greeter(std::size_t max_connections) {
    loop_ = AcceptLoop::Bind({.host = "127.0.0.1", .port = 0}, max_connections).value();
    loop_->Run([this](int /*listener*/, int socket) {
      MutexLock lock(mutex_);
      kept_.push_back(Descriptor(socket));
      EXPECT_EQ(send(socket, "x", 1, MSG_NOSIGNAL), 1);
    });
  }

  AcceptLoop& loop() { return *loop_; }
  void EndAll() {
    MutexLock lock(mutex_);
    kept_.clear();
  }

 private:
  Mutex mutex_;
  std::vector<Descriptor> kept_ GUARDED_BY(mutex_);
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
