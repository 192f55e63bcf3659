#include "http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "base/address.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "base/mutex.h"

namespace shoal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Stands until a test moves it. Begins at the present, which a grace is waited for by.
class TestClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return start_ + std::chrono::seconds(seconds_);
  }
  void Advance(int seconds) { seconds_ += seconds; }

 private:
  const std::chrono::steady_clock::time_point start_ = SystemClock().Now();
  std::atomic<int> seconds_{0};
};

class Client {
 public:
  explicit Client(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(ParseAddress(address)->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }
  bool is_connected() const { return connected_; }
  void Say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void EndSide() { shutdown(socket_.get(), SHUT_WR); }
  void Reset() {
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    socket_.Close();
  }
  std::string ReadSome() {
    std::array<char, 1 << 16> buffer;
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  // Until the server ends its side; a reset is no such end.
  std::string ReadAll() {
    std::string all;
    for (std::string some; !(some = ReadSome()).empty();) all += some;
    char byte = 0;
    EXPECT_EQ(recv(socket_.get(), &byte, 1, 0), 0) << "the connection was reset";
    return all;
  }
  std::string Ask(std::string_view bytes) {
    Say(bytes);
    return ReadSome();
  }

 private:
  Descriptor socket_;
  bool connected_ = false;
};

constexpr std::size_t kLarge = 8 << 20;
constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr char kGetLater[] = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr char kGetLast[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

// Answers the peer's name at once, /large with much, and /later when the test says so.
class HttpServerTest : public testing::Test {
 protected:
  struct Later final : HttpWork {
    Later(HttpServerTest& given, HttpReply& to) : test(given), reply(to) { test.Set(this); }
    ~Later() override { test.Set(nullptr); }
    HttpServerTest& test;
    HttpReply& reply;
  };

  ~HttpServerTest() override { server_.reset(); }
  void Start(HttpLimits limits = {}) {
    HttpServerOptions options = {.listen = "127.0.0.1:0"};
    options.serve.limits = limits;
    options.serve.handler = [this](const HttpRequest& request,
                                   HttpReply& reply) -> std::unique_ptr<HttpWork> {
      if (request.path == "/later") return std::make_unique<Later>(*this, reply);
      reply.Answer({.body = request.path == "/large" ? std::string(kLarge, 'l') : request.peer});
      return nullptr;
    };
    options.connection_refused = [this](const RefusedConnection& refused) {
      MutexLock lock(mutex_);
      refused_.push_back(refused);
    };
    server_ = HttpServer::Start(std::move(options), clock_, *loop_).value();
  }
  void Set(Later* later) {
    MutexLock lock(mutex_);
    later_ = later;
    changed_.NotifyAll();
  }
  void AwaitLater(bool there) {
    MutexLock lock(mutex_);
    while ((later_ != nullptr) != there) changed_.Wait(mutex_);
  }
  void AnswerLater(const std::string& body) {
    AwaitLater(true);
    loop_->PostAndWait([&] { later_->reply.Answer({.body = body}); });
  }
  // Until the loop has seen what its sockets had to say by now.
  void Settle() {
    for (int i = 0; i < 3; ++i) loop_->PostAndWait([] {});
  }
  // Time passes, second by second.
  void Pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.Advance(1);
      Settle();
    }
  }
  std::vector<RefusedConnection> refused() {
    MutexLock lock(mutex_);
    return refused_;
  }
  Client Connect() {
    Client client(server_->address());
    EXPECT_TRUE(client.is_connected());
    return client;
  }

  TestClock clock_;
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(clock_).value();
  Mutex mutex_;
  CondVar changed_;
  Later* later_ = nullptr;  // written under the mutex, on the loop's thread
  std::vector<RefusedConnection> refused_ GUARDED_BY(mutex_);
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  Start();
  Client client = Connect();
  EXPECT_THAT(client.Ask(kGet),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("ipv4:127.0.0.1:")));
  client.Say(kGetLast);
  EXPECT_THAT(client.ReadAll(), HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, WorkEndsAsItsClientEndsItsSide) {
  Start();
  Client client = Connect();
  client.Say(kGetLater);
  AwaitLater(true);
  client.EndSide();
  AwaitLater(false);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, ALargeAnswerReachesWhoEndedItsSide) {
  Start();
  Client client = Connect();
  client.Say("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  client.EndSide();
  Settle();
  const std::string answer = client.ReadAll();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, kLarge);
}

TEST_F(HttpServerTest, ARefusalIsReadThoughTheClientKeepsTalking) {
  Start({.max_body_bytes = 1000});
  Client client = Connect();
  client.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n" +
             std::string(4'000'000, 'b'));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, TheWorkEndsAsTheClientGoes) {
  Start();
  for (const std::size_t unread : {0, 100'000}) {
    Client client = Connect();
    client.Say(kGetLater);
    AwaitLater(true);
    client.Say(std::string(unread, 'x'));
    Settle();
    client.Reset();
    AwaitLater(false);
  }
}

TEST_F(HttpServerTest, AConnectionThatSaysNothingIsClosed) {
  Start();
  Client client = Connect();
  Settle();
  Pass(7);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, ASlowHeadIsClosedAfterFiveSeconds) {
  Start();
  Client client = Connect();
  client.Say("GET / HT");
  Settle();
  Pass(4);
  client.Say("T");
  Settle();
  Pass(3);
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, ABodyMayTakeAsLongAsItComes) {
  Start();
  Client client = Connect();
  client.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    client.Say("b");
    Settle();
    Pass(29);
  }
  Pass(3);
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, AnIdleConnectionIsKeptForAMinute) {
  Start();
  Client client = Connect();
  client.Ask(kGet);
  Pass(70);
  EXPECT_THAT(client.Ask(kGet), StartsWith("HTTP/1.1 200 "));
  Pass(77);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, ARequestInWorkWaitsForItsAnswerHoweverLong) {
  Start();
  Client client = Connect();
  client.Say(kGetLater);
  AwaitLater(true);
  Pass(200);
  AnswerLater("at last");
  EXPECT_THAT(client.ReadSome(), EndsWith("at last"));
}

TEST_F(HttpServerTest, WhoReadsNothingOfAnAnswerIsClosed) {
  Start();
  Client client = Connect();
  client.Say("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  Settle();
  Pass(90);  // what the socket takes goes over some turns
  std::string all;
  for (std::string some; !(some = client.ReadSome()).empty();) all += some;
  EXPECT_LT(all.size(), kLarge);
}

TEST_F(HttpServerTest, AnswersThatNobodyReadsAreBounded) {
  Start({.max_unread_bytes = 20 << 20});
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Connect());
    clients.back().Say("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    Settle();
  }
  const auto told = refused();
  ASSERT_GE(told.size(), 4u);
  EXPECT_EQ(told.back().limit, "max-unread-bytes");
  EXPECT_EQ(told.back().total, told.size());
}

TEST_F(HttpServerTest, WhatIsKeptForAnAnswerIsBoundedToo) {
  Start({.max_unread_bytes = 1000});
  Client client = Connect();
  client.Say(kGetLater);
  AwaitLater(true);
  loop_->PostAndWait([&] {
    later_->reply.Begin({.body = "a"});
    later_->reply.Keeps(1001);
  });
  AwaitLater(false);
  Settle();
  EXPECT_EQ(refused().size(), 1u);
}

TEST_F(HttpServerTest, ConnectionsOverTheLimitAreClosedAndTold) {
  Start({.max_connections = 1});
  Client first = Connect();
  EXPECT_THAT(first.Ask(kGet), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(Connect().ReadSome(), "");
  Settle();
  ASSERT_EQ(refused().size(), 1u);
  EXPECT_EQ(refused()[0].limit, "max-connections");
}

TEST_F(HttpServerTest, ADrainAnswersWhatHasBegunAndTakesNothingNew) {
  Start();
  Client idle = Connect();
  idle.Ask(kGet);
  Client busy = Connect();
  busy.Say(kGetLater);
  AwaitLater(true);
  std::thread drain([this] { server_->Shutdown(std::chrono::seconds(3600)); });
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(Client(server_->address()).is_connected());
  AnswerLater("last");
  EXPECT_THAT(busy.ReadAll(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("last")));
  drain.join();
}

TEST_F(HttpServerTest, ADrainWaitsUntilALargeAnswerIsSent) {
  Start();
  Client client = Connect();
  client.Say("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  Settle();
  std::thread drain([this] { server_->Shutdown(std::chrono::seconds(3600)); });
  EXPECT_GT(client.ReadAll().size(), kLarge);
  drain.join();
}

TEST_F(HttpServerTest, WhatIsNotAnsweredWithinTheGraceIsCut) {
  Start();
  Client client = Connect();
  client.Say(kGetLater);
  AwaitLater(true);
  server_->Shutdown(std::chrono::seconds(0));
  AwaitLater(false);
  EXPECT_EQ(client.ReadSome(), "");
}

TEST_F(HttpServerTest, AConnectionThatIsIdleAfterLargeThingsIsSmall) {
  Start();
  const auto talk = [this](std::vector<Client>& clients) {
    clients.push_back(Connect());
    clients.back().Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
                       std::string(100'000, 'b'));
    clients.back().Say("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    for (std::size_t got = 0; got < kLarge;) got += clients.back().ReadSome().size();
  };
  std::vector<Client> clients;
  talk(clients);
  Pass(2);
  const std::size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 20; ++i) talk(clients);
  Pass(2);
  const std::size_t after = mallinfo2().uordblks;  // none with a sanitizer
  EXPECT_LT(after - before, 20 * 4096u);
}

TEST_F(HttpServerTest, RefusesAnAddressThatIsNoneOrTaken) {
  Start();
  for (const auto& [listen, code] :
       {std::pair<std::string, StatusCode>{"nonsense", StatusCode::kInvalidArgument},
        {"127.0.0.1:99999", StatusCode::kInvalidArgument},
        {server_->address(), StatusCode::kUnavailable}}) {
    EXPECT_EQ(HttpServer::Start({.listen = listen}, clock_, *loop_).status().code(), code);
  }
}

}  // namespace
}  // namespace shoal
