#include "net/frame_connection.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/mutex.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Frame(std::string_view content) {
  std::string frame(4, '\0');
  for (int i = 0; i < 4; ++i) {
    frame[static_cast<std::size_t>(i)] = static_cast<char>(content.size() >> (8 * i));
  }
  return frame + std::string(content);
}

// One end is a FrameConnection, the other a plain socket of the test.
class FrameConnectionTest : public testing::Test {
 protected:
  FrameConnectionTest() { Connect({.max_frame = 1 << 20, .max_outbox = 4 << 20}); }
  ~FrameConnectionTest() override {
    loop_->PostAndWait([this] { connection_.reset(); });
  }

  void Connect(FrameLimits limits) {
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a pair of sockets");
    peer_ = Descriptor(ends[0]);
    CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0, "an open descriptor");
    loop_->PostAndWait([&] {
      connection_ = FrameConnection::Start(
          *loop_, Descriptor(ends[1]), limits,
          {.frame = [this](std::string_view frame) { return OnFrame(frame); },
           .closed = [this](const Status& why) { OnClosed(why); }});
    });
  }
  Status OnFrame(std::string_view frame) {
    MutexLock lock(mutex_);
    heard_.emplace_back(frame);
    changed_.NotifyAll();
    return frame == "bad" ? InvalidArgumentError("a bad frame") : Status();
  }
  void OnClosed(const Status& why) {
    if (let_go_) connection_.reset();
    MutexLock lock(mutex_);
    closed_.push_back(why.ToString());
    changed_.NotifyAll();
  }

  void Say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void Send(std::string_view content) {
    loop_->PostAndWait([&] {
      char* const room = connection_->Append(content.size());
      if (room != nullptr) std::memcpy(room, content.data(), content.size());
    });
  }
  std::string Read(std::size_t size) {
    std::string bytes(size, '\0');
    EXPECT_EQ(recv(peer_.get(), bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return bytes;
  }
  std::vector<std::string> AwaitFrames(std::size_t count) {
    MutexLock lock(mutex_);
    while (heard_.size() < count) changed_.Wait(mutex_);
    return heard_;
  }
  std::string AwaitClosed() {
    MutexLock lock(mutex_);
    while (closed_.empty()) changed_.Wait(mutex_);
    EXPECT_EQ(closed_.size(), 1u);
    return closed_.front();
  }

  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Descriptor peer_;
  bool let_go_ = false;  // of the connection, as it ends
  std::shared_ptr<FrameConnection> connection_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> heard_ GUARDED_BY(mutex_);
  std::vector<std::string> closed_ GUARDED_BY(mutex_);
};

TEST_F(FrameConnectionTest, HandsOnFramesHoweverTheyAreCut) {
  Say(Frame("one") + Frame("") + Frame("three"));
  EXPECT_THAT(AwaitFrames(3), ElementsAre("one", "", "three"));
  for (const char c : Frame("slow")) Say(std::string(1, c));
  const std::string large(700'000, 'l');
  Say(Frame(large) + Frame("end"));
  EXPECT_THAT(AwaitFrames(6), ElementsAre("one", "", "three", "slow", large, "end"));
}

TEST_F(FrameConnectionTest, SendsFramesInOrder) {
  Send("one");
  Send("");
  const std::string large(900'000, 'l');
  Send(large);  // more than the socket takes at once
  const std::string expected = Frame("one") + Frame("") + Frame(large);
  EXPECT_EQ(Read(expected.size()), expected);
}

TEST_F(FrameConnectionTest, ALengthAboveTheLimitEndsItBeforeTheContentComes) {
  Say(std::string("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(AwaitClosed(),
              HasSubstr("found a frame of 542393671 bytes, accepted at most 1048576"));
  char byte;
  EXPECT_LE(recv(peer_.get(), &byte, 1, 0), 0);
}

TEST_F(FrameConnectionTest, AnErrorOfTheOwnerEndsItWithThatError) {
  Say(Frame("good") + Frame("bad") + Frame("unheard"));
  EXPECT_EQ(AwaitClosed(), "INVALID_ARGUMENT: a bad frame");
  EXPECT_THAT(AwaitFrames(2), ElementsAre("good", "bad"));
}

TEST_F(FrameConnectionTest, TheEndOfThePeerIsToldApartFromOneWithinAFrame) {
  Say(Frame("whole"));
  AwaitFrames(1);
  peer_.Close();
  EXPECT_EQ(AwaitClosed(), "OK");
}

TEST_F(FrameConnectionTest, AnEndWithinAFrameSaysSo) {
  Say(Frame("torn").substr(0, 6));
  peer_.Close();
  EXPECT_THAT(AwaitClosed(), HasSubstr("ended within a frame"));
}

TEST_F(FrameConnectionTest, APeerThatDoesNotReadIsDropped) {
  const std::string content(1 << 20, 'c');
  for (int i = 0; i < 8; ++i) Send(content);
  EXPECT_THAT(AwaitClosed(), HasSubstr("RESOURCE_EXHAUSTED: the other side does not read"));
}

TEST_F(FrameConnectionTest, FinishEndsOurSideBehindWhatWasSentAndStillHears) {
  const std::string large(900'000, 'l');
  Send(large);
  loop_->PostAndWait([&] { connection_->Finish(); });
  EXPECT_EQ(Read(large.size() + 4), Frame(large));
  char byte;
  EXPECT_EQ(recv(peer_.get(), &byte, 1, 0), 0);
  Say(Frame("still"));
  EXPECT_THAT(AwaitFrames(1), ElementsAre("still"));
  Send("late");  // goes nowhere
  peer_.Close();
  EXPECT_EQ(AwaitClosed(), "OK");
}

TEST_F(FrameConnectionTest, NothingIsHeardAfterACutAndWhatTheSocketTakesIsSent) {
  Say(Frame("heard"));
  AwaitFrames(1);
  loop_->PostAndWait([&] {
    std::memcpy(connection_->Append(4), "last", 4);
    connection_->Cut();
  });
  EXPECT_EQ(Read(8), Frame("last"));
  Say(Frame("unheard"));
  loop_->PostAndWait([] {});
  MutexLock lock(mutex_);
  EXPECT_THAT(heard_, ElementsAre("heard"));
  EXPECT_TRUE(closed_.empty());
}

TEST_F(FrameConnectionTest, WhatThePeerSaidBeforeItWentIsHeardThoughSendingFails) {
  Say(Frame("last words"));
  shutdown(peer_.get(), SHUT_RD);
  Send("nobody reads this");
  Send("nor this");
  EXPECT_THAT(AwaitFrames(1), ElementsAre("last words"));
  EXPECT_EQ(AwaitClosed(), "UNAVAILABLE: send: Broken pipe");  // though the peer stays
}

TEST_F(FrameConnectionTest, ThePeerThatIsAlwaysABitBehindCostsNoMoreThanWhatWaits) {
  const std::string content(1 << 20, 'c');
  Send(content);
  Send(content);
  for (int i = 0; i < 30; ++i) {
    Send(content);
    Read(content.size() + 4);
  }
  loop_->PostAndWait([&] { EXPECT_LT(connection_->outbox_bytes(), std::size_t{9} << 20); });
}

TEST_F(FrameConnectionTest, ItsOwnerMayLetGoOfItAsItEnds) {
  const std::string content(3 << 20, 'c');
  let_go_ = true;
  loop_->PostAndWait([&] {
    FrameConnection& connection = *connection_;
    ASSERT_NE(connection.Append(content.size()), nullptr);
    EXPECT_EQ(connection.Append(content.size()), nullptr);
    EXPECT_EQ(connection_, nullptr);
  });
  EXPECT_THAT(AwaitClosed(), HasSubstr("does not read"));
}

}  // namespace
}  // namespace shoal
