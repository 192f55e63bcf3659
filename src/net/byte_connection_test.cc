#include "net/byte_connection.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "net/listener.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A ByteConnection, and the socket of its peer over TCP.
class ByteConnectionTest : public testing::Test {
 protected:
  ByteConnectionTest() {
    const Listener listener = ListenOn({.host = "127.0.0.1", .port = 0}).value();
    sockaddr_in name = {};
    socklen_t size = sizeof(name);
    getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
    peer_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(connect(peer_.get(), reinterpret_cast<sockaddr*>(&name), size) == 0, "somebody listens");
    Descriptor ours(accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    loop_->PostAndWait([&] {
      connection_ = ByteConnection::Start(
          *loop_, std::move(ours),
          {.received =
               [this](std::string_view bytes) {
                 Heard(std::string(bytes));
                 return Status();
               },
           .peer_ended = [this]() -> std::optional<Status> {
             Heard("(end)");
             return ends_with_peer_ ? std::optional<Status>(Status()) : std::nullopt;
           },
           .fill = {},
           .closed = [this](const Status& why) { Heard("(closed: " + why.ToString() + ")"); }});
    });
  }
  ~ByteConnectionTest() override {
    Run([this] { connection_->Drop(); });
  }

  void Heard(std::string what) {
    MutexLock lock(mutex_);
    heard_.push_back(std::move(what));
    changed_.NotifyAll();
  }
  std::vector<std::string> Await(std::size_t count) {
    MutexLock lock(mutex_);
    while (heard_.size() < count) changed_.Wait(mutex_);
    return heard_;
  }
  std::size_t heard() {
    MutexLock lock(mutex_);
    return heard_.size();
  }
  void Run(const SocketLoop::Task& task) { loop_->PostAndWait(task); }
  // Waits until the loop has seen what its sockets had to say by now.
  void Settle() {
    for (int i = 0; i < 3; ++i) Run([] {});
  }
  void Say(std::string_view bytes) {
    EXPECT_EQ(send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void Send(std::string_view bytes) {
    Run([&] { std::memcpy(connection_->Append(bytes.size()), bytes.data(), bytes.size()); });
  }
  // Until we end our side.
  std::string ReadAll() {
    std::string all;
    std::array<char, 1 << 16> buffer;
    for (ssize_t got = 0; (got = recv(peer_.get(), buffer.data(), buffer.size(), 0)) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Descriptor peer_;
  bool ends_with_peer_ = false;
  std::shared_ptr<ByteConnection> connection_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> heard_ GUARDED_BY(mutex_);
};

TEST_F(ByteConnectionTest, EndsAsThePeerDoesWhereTheOwnerSaysSo) {
  Run([this] { ends_with_peer_ = true; });
  shutdown(peer_.get(), SHUT_WR);
  EXPECT_THAT(Await(2), ElementsAre("(end)", "(closed: OK)"));
}

TEST_F(ByteConnectionTest, APeerThatEndedItsSideStillReadsAndIsToldOfOnce) {
  Say("question");
  Await(1);
  shutdown(peer_.get(), SHUT_WR);
  Await(2);
  Settle();
  const std::string large(3 << 20, 'a');  // more than the socket takes at once
  Send(large);
  Run([&] { connection_->EndWhenSent(); });
  EXPECT_EQ(ReadAll(), large);
  EXPECT_THAT(Await(3), ElementsAre("question", "(end)", "(closed: OK)"));
}

TEST_F(ByteConnectionTest, BothSidesFinishedIsTheEnd) {
  shutdown(peer_.get(), SHUT_WR);
  Await(1);
  Run([&] { connection_->Finish(); });
  EXPECT_THAT(Await(2), ElementsAre("(end)", "(closed: OK)"));
}

TEST_F(ByteConnectionTest, APeerThatEndedItsSideAndThenIsGoneEndsIt) {
  shutdown(peer_.get(), SHUT_WR);
  Await(1);
  const linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(peer_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  peer_.Close();
  EXPECT_THAT(Await(2)[1], HasSubstr("(closed: "));
}

TEST_F(ByteConnectionTest, ReadsNoMoreAtATimeThanItIsTold) {
  Run([&] { connection_->ReadAtMost(3); });
  Say("12345678");
  EXPECT_THAT(Await(3), ElementsAre("123", "456", "78"));
}

TEST_F(ByteConnectionTest, WhatIsNotReadYetIsReadLater) {
  Run([&] { connection_->ReadAtMost(0); });
  Say("later");
  shutdown(peer_.get(), SHUT_WR);
  Settle();
  EXPECT_EQ(heard(), 0u);
  Run([&] { connection_->ReadAtMost(ByteConnection::kChunk); });
  EXPECT_THAT(Await(2), ElementsAre("later", "(end)"));
}

TEST_F(ByteConnectionTest, WhoReadsNothingHearsThatThePeerIsGone) {
  Run([&] { connection_->ReadAtMost(0); });
  Say("unread");
  Settle();
  const linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(peer_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  peer_.Close();
  EXPECT_THAT(Await(1), ElementsAre("(closed: UNAVAILABLE: the peer is gone)"));
}

TEST_F(ByteConnectionTest, AResetIsHeardByAPeerAtOnce) {
  Run([this] { connection_->Reset(); });
  char byte = 0;
  EXPECT_EQ(recv(peer_.get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ByteConnectionTest, CountsWhatTheSocketTook) {
  Send("12345");
  Run([&] { connection_->EndWhenSent(); });
  EXPECT_EQ(ReadAll(), "12345");
  Run([&] { EXPECT_EQ(connection_->total_sent(), 5u); });
}

TEST(ByteConnectionTurns, APeerThatReadsAllAtOnceDoesNotKeepTheLoop) {
  constexpr int kAll = 1000;
  const auto loop = SocketLoop::Start(SystemClock()).value();
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const Descriptor peer(ends[0]);

  int fills = 0;
  int before_others = 0;
  Mutex mutex;
  CondVar changed;
  bool all = false;
  const auto fill = [&](std::string& outbox) {
    static std::array<char, 1 << 16> bytes;
    while (recv(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
    }
    if (fills == 0) loop->Post([&] { before_others = fills; });
    if (fills < kAll) outbox.append(10'000, 'x');
    if (++fills < kAll) return true;
    MutexLock lock(mutex);
    all = true;
    changed.NotifyAll();
    return false;
  };
  std::shared_ptr<ByteConnection> connection;
  loop->PostAndWait([&] {
    connection = ByteConnection::Start(*loop, Descriptor(ends[1]),
                                       {.received = [](std::string_view) { return Status(); },
                                        .peer_ended = [] { return Status(); },
                                        .fill = fill,
                                        .closed = [](const Status&) {}});
    connection->SendSoon();
  });
  {
    MutexLock lock(mutex);
    while (!all) changed.Wait(mutex);
  }
  loop->PostAndWait([&] { connection.reset(); });
  EXPECT_GT(before_others, 0);
  EXPECT_LT(before_others, kAll);
}

}  // namespace
}  // namespace shoal
