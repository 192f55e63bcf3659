#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <filesystem>
#include <map>

#include "base/address.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/mutex.h"
#include "rpc/link_client.h"
#include "rpc/link_server.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr auto kPatience = 20s;

// The coordinator's side: answers Hello with Welcome, and keeps everything it hears.
class Coordinator final : public WorkerAttachmentHandler {
 public:
  void Opened(AttachmentId id, std::shared_ptr<WorkerAttachment> stream) override {
    MutexLock lock(mutex_);
    streams_[id] = std::move(stream);
    changed_.NotifyAll();
  }
  void Message(AttachmentId id, WorkerMessage message) override {
    const bool hello = std::holds_alternative<Hello>(message);
    std::shared_ptr<WorkerAttachment> stream;
    {
      MutexLock lock(mutex_);
      EXPECT_EQ(closed_.count(id), 0u);
      stream = streams_.at(id);
      heard_.push_back(std::move(message));
      changed_.NotifyAll();
    }
    if (hello) stream->Send(Welcome{.coordinator_id = "c", .attachment_id = id});  // on the loop
  }
  void Closed(AttachmentId id, Status /*why*/) override {
    MutexLock lock(mutex_);
    ++closed_[id];
    changed_.NotifyAll();
  }

  std::shared_ptr<WorkerAttachment> stream(AttachmentId id) {
    MutexLock lock(mutex_);
    return streams_.at(id);
  }
  std::size_t opened() {
    MutexLock lock(mutex_);
    return streams_.size();
  }
  int closed(AttachmentId id) {
    MutexLock lock(mutex_);
    return closed_[id];
  }
  // What was heard, once it is `count` messages.
  std::vector<WorkerMessage> Await(std::size_t count) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (heard_.size() < count && changed_.WaitUntil(mutex_, until)) {
    }
    return heard_;
  }
  bool AwaitClosed(AttachmentId id) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (closed_[id] == 0 && changed_.WaitUntil(mutex_, until)) {
    }
    return closed_[id] == 1;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<AttachmentId, std::shared_ptr<WorkerAttachment>> streams_ GUARDED_BY(mutex_);
  std::map<AttachmentId, int> closed_ GUARDED_BY(mutex_);
  std::vector<WorkerMessage> heard_ GUARDED_BY(mutex_);
};

// A coordinator with its server, and the loop that both live on, as do the workers of the test.
class LinkTest : public testing::Test {
 protected:
  ~LinkTest() override { server_.reset(); }

  void Serve(std::string token = {}, std::string address = "127.0.0.1:0") {
    auto server = LinkServer::Start(
        {.listen = std::move(address),
         .socket_path = socket_,
         .join_token = std::move(token),
         .connection_refused = [this](const RefusedConnection& one) { refused_.push_back(one); },
         .turned_away =
             [this](const TurnedAway& who) {
               EXPECT_THAT(who.peer, StartsWith("ipv4:127.0.0.1:"));
               turned_away_.emplace_back(who.why);
             }},
        coordinator_, *loop_);
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
  }
  // Sends to the worker of an attachment, and closes it.
  void Send(AttachmentId id, CoordinatorMessage message) {
    const auto attachment = coordinator_.stream(id);
    loop_->PostAndWait([&] { attachment->Send(std::move(message)); });
  }
  void Close(AttachmentId id) {
    const auto attachment = coordinator_.stream(id);
    loop_->PostAndWait([&] { attachment->Close(); });
  }

  // Why some were turned away, once the loop has seen what its sockets had to say by now.
  std::vector<std::string> TurnedAwayFor() {
    std::vector<std::string> reasons;
    for (int i = 0; i < 3; ++i) loop_->PostAndWait([&] { reasons = turned_away_; });
    return reasons;
  }
  std::uint16_t port() const { return ParseAddress(server_->address()).value().port; }

  std::string socket_;                      // path for workers of this machine
  std::vector<RefusedConnection> refused_;  // of the loop's thread
  std::vector<std::string> turned_away_;    // likewise
  ManualClock manual_;                      // likewise
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Resolver resolver_{SystemClock()};
  Coordinator coordinator_;
  std::unique_ptr<LinkServer> server_;
};

// The worker's side.
class Worker {
 public:
  Worker(SocketLoop& loop, Resolver& resolver, const std::string& address, std::string token = {})
      : loop_(loop) {
    loop_.PostAndWait([&] {
      auto link = DialWorkerLink(
          {.address = address, .join_token = std::move(token)}, loop, resolver,
          {.message = [this](CoordinatorMessage message) { Add(std::move(message)); },
           .closed = [this](std::string why) { SetClosed(std::move(why)); }});
      CHECK(link.ok(), link.status().message());
      link_ = *std::move(link);
    });
  }
  ~Worker() { Destroy(); }

  void Send(WorkerMessage message) {
    loop_.PostAndWait([&] { link_->Send(std::move(message)); });
  }
  void Close() {
    loop_.PostAndWait([&] { link_->Close(); });
  }
  void Destroy() {
    loop_.PostAndWait([&] { link_.reset(); });
  }
  void Greet() {
    Send(Hello{.worker_id = "w",
               .dim = 1,
               .lanes = 1,
               .max_batch_items = 4,
               .max_batch_tokens = 64,
               .per_token_us = 1});
  }
  std::vector<CoordinatorMessage> Await(std::size_t count) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (heard_.size() < count && changed_.WaitUntil(mutex_, until)) {
    }
    return heard_;
  }
  std::string AwaitClosed() {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (closed_ == 0 && changed_.WaitUntil(mutex_, until)) {
    }
    return why_;
  }
  // Why it was turned away: the coordinator's last message before the end.
  std::string AwaitRefusal() {
    EXPECT_EQ(AwaitClosed(), "the coordinator ended the attachment");
    MutexLock lock(mutex_);
    const auto* const refuse = heard_.empty() ? nullptr : std::get_if<Refuse>(&heard_.back());
    return refuse == nullptr ? "no Refuse" : refuse->why;
  }
  int closed() {
    MutexLock lock(mutex_);
    return closed_;
  }

 private:
  void Add(CoordinatorMessage message) {
    MutexLock lock(mutex_);
    EXPECT_EQ(closed_, 0);
    heard_.push_back(std::move(message));
    changed_.NotifyAll();
  }
  void SetClosed(std::string why) {
    MutexLock lock(mutex_);
    ++closed_;
    why_ = std::move(why);
    changed_.NotifyAll();
  }

  SocketLoop& loop_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<CoordinatorMessage> heard_ GUARDED_BY(mutex_);
  int closed_ GUARDED_BY(mutex_) = 0;
  std::string why_ GUARDED_BY(mutex_);
  std::unique_ptr<WorkerLink> link_;  // of the loop's thread
};

// A plain connection to 127.0.0.1.
Descriptor ConnectTo(std::uint16_t port) {
  Descriptor connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(port);
  CHECK(connect(connection.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0,
        "somebody listens");
  return connection;
}

Batch BatchOf(BatchId id) {
  return {.id = id, .items = {{.id = id, .length = 2}}, .token_ids = {101, 102}};
}
BatchResult ResultOf(BatchId id) {
  return {.id = id,
          .statuses = {ItemStatus::kDone},
          .vectors = std::string("\0\0\x80\x3f", 4),
          .grant = {.granted = {id + 1}}};
}

TEST_F(LinkTest, CarriesAConversationThatTheWorkerEnds) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  EXPECT_EQ(std::get<Welcome>(worker.Await(1).at(0)).attachment_id, 1u);
  Send(1, BatchOf(7));
  EXPECT_EQ(std::get<Batch>(worker.Await(2).at(1)).id, 7u);
  worker.Send(ResultOf(7));
  worker.Close();
  EXPECT_EQ(std::get<BatchResult>(coordinator_.Await(2).at(1)).vectors, ResultOf(7).vectors);
  EXPECT_EQ(worker.AwaitClosed(), "the coordinator ended the attachment");
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
}

TEST_F(LinkTest, CarriesTheSameOverASocketOfThisMachine) {
  std::string folder = "/tmp/shoal-link-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  socket_ = folder + "/worker.sock";
  Serve("secret");
  Worker worker(*loop_, resolver_, "unix:" + socket_, "secret");
  worker.Greet();
  worker.Await(1);
  Send(1, BatchOf(7));
  EXPECT_EQ(std::get<Batch>(worker.Await(2).at(1)).id, 7u);
  std::filesystem::remove_all(folder);
}

TEST_F(LinkTest, CoordinatorsCloseComesAfterWhatWasSent) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  for (BatchId id = 0; id < 50; ++id) Send(1, BatchOf(id));
  Send(1, Refuse{.why = "enough", .stay_away_ms = 5});
  Close(1);
  Send(1, BatchOf(99));  // too late: goes nowhere
  EXPECT_EQ(worker.AwaitRefusal(), "enough");
  EXPECT_EQ(worker.Await(52).size(), 52u);
  EXPECT_EQ(worker.closed(), 1);
  worker.Send(ResultOf(1));  // after the end: nothing happens
  worker.Destroy();
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
}

TEST_F(LinkTest, KeepsAThousandMessagesInOrderBothWays) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  for (BatchId id = 0; id < 1000; ++id) {
    Send(1, BatchOf(id));
    worker.Send(ResultOf(id));
  }
  const auto batches = worker.Await(1001);
  const auto results = coordinator_.Await(1001);
  ASSERT_EQ(batches.size(), 1001u);
  ASSERT_EQ(results.size(), 1001u);
  for (BatchId id = 0; id < 1000; ++id) {
    EXPECT_EQ(std::get<Batch>(batches[id + 1]).id, id);
    EXPECT_EQ(std::get<BatchResult>(results[id + 1]).id, id);
  }
}

TEST_F(LinkTest, TurnsAwayAWorkerWithoutTheToken) {
  Serve("secret");
  for (const char* token : {"", "secre", "secret2", "sEcret"}) {
    Worker worker(*loop_, resolver_, server_->address(), token);
    worker.Greet();
    EXPECT_EQ(worker.AwaitRefusal(),
              "the coordinator asks for another join token than this worker has")
        << token;
  }
  EXPECT_EQ(coordinator_.opened(), 0u);
  EXPECT_THAT(TurnedAwayFor(), SizeIs(4));
  Worker worker(*loop_, resolver_, server_->address(), "secret");
  worker.Greet();
  EXPECT_EQ(worker.Await(1).size(), 1u);
}

TEST_F(LinkTest, ATokenThatNobodyAsksForIsNoReasonToTurnAWorkerAway) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address(), "secret");
  worker.Greet();
  EXPECT_TRUE(std::holds_alternative<Welcome>(worker.Await(1).at(0)));
}

TEST_F(LinkTest, ConnectionsThatSayNothingKeepNoWorkerOutAndTheOldestGoesFirst) {
  Serve();
  std::vector<Descriptor> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(ConnectTo(port()));
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  EXPECT_TRUE(std::holds_alternative<Welcome>(worker.Await(1).at(0)));
  char byte;
  EXPECT_EQ(recv(silent.front().get(), &byte, 1, 0), 0);
  EXPECT_EQ(recv(silent.back().get(), &byte, 1, MSG_DONTWAIT), -1);
  EXPECT_THAT(TurnedAwayFor(), SizeIs(300 + 1 - 256));
  EXPECT_EQ(turned_away_[0], "no Hello, and it is the oldest of 256 connections without one");
}

// What its memory holds for a stranger is bounded; a worker may say much.
TEST_F(LinkTest, AFrameThatIsNoHelloBySizeEndsTheConnectionAtItsLength) {
  Serve();
  const Descriptor stranger = ConnectTo(port());
  ASSERT_EQ(send(stranger.get(), "\x01\x00\x01\x00", 4, MSG_NOSIGNAL), 4);  // 65,537 bytes
  char byte;
  EXPECT_LE(recv(stranger.get(), &byte, 1, 0), 0);
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  BatchResult large = ResultOf(1);
  large.statuses.assign(100'000, ItemStatus::kDone);
  large.vectors.assign(400'000, '\0');
  worker.Send(large);
  EXPECT_EQ(coordinator_.Await(2).size(), 2u);
}

TEST_F(LinkTest, AWorkerThatSaysSomethingElseFirstIsNeverHeardOf) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Send(Goodbye{});
  EXPECT_EQ(worker.AwaitRefusal(), "the first message is not Hello");
  EXPECT_EQ(coordinator_.opened(), 0u);
}

TEST_F(LinkTest, SaysOnceWhomItTurnsAwayAndWhy) {
  Serve();
  Worker silly(*loop_, resolver_, server_->address());
  silly.Send(Goodbye{});
  silly.Send(Goodbye{});
  silly.AwaitRefusal();
  EXPECT_THAT(TurnedAwayFor(), ElementsAre("the first message is not Hello"));
  Worker old(*loop_, resolver_, server_->address());
  old.Send(Hello{.worker_id = "w", .version = 1});
  EXPECT_THAT(old.AwaitRefusal(), HasSubstr("version 1 of the link"));
  EXPECT_THAT(TurnedAwayFor().at(1), HasSubstr("version 1 of the link"));
  const Descriptor browser = ConnectTo(port());
  ASSERT_EQ(send(browser.get(), "GET / HTTP/1.1", 14, MSG_NOSIGNAL), 14);
  char byte;
  EXPECT_LE(recv(browser.get(), &byte, 1, 0), 0);
  EXPECT_EQ(TurnedAwayFor().at(2), "found a frame of 542393671 bytes, accepted at most 65536");
  EXPECT_THAT(TurnedAwayFor(), SizeIs(3));
}

TEST_F(LinkTest, SaysWhomTheHandlerRefuses) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  Send(1, Refuse{.why = "another model", .stay_away_ms = 5});
  Close(1);
  worker.AwaitRefusal();
  EXPECT_THAT(TurnedAwayFor(), ElementsAre("another model"));
}

TEST_F(LinkTest, SaysNothingOfThoseThatLeave) {
  Serve();
  ConnectTo(port());  // as who looks whether the port is open
  ASSERT_EQ(send(ConnectTo(port()).get(), "\x09\x00", 2, MSG_NOSIGNAL), 2);
  {
    Worker worker(*loop_, resolver_, server_->address());
    worker.Greet();
    worker.Await(1);
  }
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
  const Descriptor open = ConnectTo(port());
  EXPECT_THAT(TurnedAwayFor(), SizeIs(0));
  server_->Shutdown(0ms);
  EXPECT_THAT(TurnedAwayFor(), SizeIs(0));
}

TEST_F(LinkTest, AConnectionWithoutAHelloIsCutAfterFiveSeconds) {
  loop_ = SocketLoop::Start(manual_).value();
  Serve();
  const Descriptor silent = ConnectTo(port());
  EXPECT_THAT(TurnedAwayFor(), SizeIs(0));
  loop_->PostAndWait([&] { manual_.Advance(4999ms); });
  EXPECT_THAT(TurnedAwayFor(), SizeIs(0));
  loop_->PostAndWait([&] { manual_.Advance(1ms); });
  char byte;
  EXPECT_EQ(recv(silent.get(), &byte, 1, 0), 0);
  EXPECT_THAT(TurnedAwayFor(), ElementsAre("no Hello within 5 s"));
}

TEST_F(LinkTest, SaysWhatItHasNoDescriptorsFor) {
  Serve();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto free = static_cast<rlim_t>(Descriptor(fcntl(0, F_DUPFD_CLOEXEC, 0)).get());
  const rlimit low = {.rlim_cur = free + 9, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const Descriptor client = ConnectTo(port());
  char byte;
  EXPECT_EQ(recv(client.get(), &byte, 1, 0), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(TurnedAwayFor(), SizeIs(0));
  ASSERT_THAT(refused_, SizeIs(1));
  EXPECT_EQ(refused_[0].limit, "open files");
  EXPECT_EQ(refused_[0].total, 1u);
}

TEST_F(LinkTest, EndsTheAttachmentOfAWorkerThatBreaksTheRules) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  BatchResult torn = ResultOf(3);
  torn.vectors = "abc";
  worker.Send(torn);
  EXPECT_THAT(worker.AwaitRefusal(), HasSubstr("result of batch 3 has 3 bytes of vectors"));
  worker.Destroy();
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
  EXPECT_EQ(coordinator_.Await(1).size(), 1u);
}

TEST_F(LinkTest, EndsTheAttachmentOfACoordinatorThatBreaksTheRules) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  Send(1, Batch{.id = 4});
  EXPECT_THAT(worker.AwaitClosed(), HasSubstr("batch 4 has no items"));
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
}

TEST_F(LinkTest, ShutdownEndsOpenAttachments) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  server_->Shutdown(20ms);
  EXPECT_EQ(coordinator_.closed(1), 1);
  worker.AwaitClosed();
  Send(1, BatchOf(1));  // the attachment outlives its connection
  server_->Shutdown(20ms);
}

TEST_F(LinkTest, DestroyingTheWorkersEndIsHeardByTheCoordinatorAlone) {
  Serve();
  Worker worker(*loop_, resolver_, server_->address());
  worker.Greet();
  worker.Await(1);
  worker.Destroy();
  EXPECT_TRUE(coordinator_.AwaitClosed(1));
  EXPECT_EQ(worker.closed(), 0);
}

TEST_F(LinkTest, DialsAgainOnTheSameAddress) {
  Serve();
  for (AttachmentId id = 1; id <= 3; ++id) {
    Worker worker(*loop_, resolver_, server_->address());
    worker.Greet();
    EXPECT_EQ(std::get<Welcome>(worker.Await(1).at(0)).attachment_id, id);
  }
}

TEST_F(LinkTest, ADialThatFailedDoesNotSpoilTheNextToTheSameAddress) {
  Serve();
  const std::string address = server_->address();
  server_.reset();
  {
    Worker worker(*loop_, resolver_, address);
    EXPECT_EQ(worker.AwaitClosed(), "UNAVAILABLE: connect to " + address + ": Connection refused");
  }
  Serve("", address);
  Worker worker(*loop_, resolver_, address);
  worker.Greet();
  EXPECT_EQ(worker.Await(1).size(), 1u);
}

TEST_F(LinkTest, AnAddressThatIsNoneIsRefusedAtOnce) {
  loop_->PostAndWait(
      [&] { EXPECT_FALSE(DialWorkerLink({.address = "nowhere"}, *loop_, resolver_, {}).ok()); });
}

TEST_F(LinkTest, AServerRefusesAnAddressInUse) {
  Serve();
  const auto second = LinkServer::Start({.listen = server_->address()}, coordinator_, *loop_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr(server_->address()));
}

}  // namespace
}  // namespace shoal
