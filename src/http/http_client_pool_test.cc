// Against the module's own server, and against one that says what a test wants, byte for byte.
#include "http/http_client_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <map>

#include "base/check.h"
#include "base/mutex.h"
#include "http/http_server.h"
#include "net/acceptor.h"
#include "net/byte_connection.h"
#include "net/listener.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Stands until a test moves it.
class TestClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::seconds(1'000 + seconds_));
  }
  void Advance(int seconds) { seconds_ += seconds; }

 private:
  std::atomic<int> seconds_{0};
};

// Answers what it is told to: the r-th bytes that come on the c-th connection.
class ScriptedServer {
 public:
  struct Says {
    std::string bytes;
    bool closes = false;
  };
  using Script = std::function<Says(int connection, int request)>;

  ScriptedServer(SocketLoop& loop, Script script) : loop_(loop), script_(std::move(script)) {
    Listener listener = ListenOn({.host = "127.0.0.1", .port = 0}).value();
    address_ = listener.address;
    loop_.PostAndWait([&] {
      acceptor_ = std::make_unique<Acceptor>(
          loop_, std::move(listener.socket), AcceptorLimits{.max_connections = 1000},
          Acceptor::Events{.accepted = [this](Descriptor socket,
                                              const std::string&) { Accept(std::move(socket)); },
                           .open = [] { return std::size_t{0}; },
                           .refused = {}});
    });
  }
  ~ScriptedServer() {
    loop_.PostAndWait([this] {
      acceptor_.reset();
      for (const auto& peer : peers_) peer->Drop();
    });
  }
  const Address& address() const { return address_; }
  std::size_t accepted() {
    std::size_t count = 0;
    loop_.PostAndWait([&] { count = peers_.size(); });
    return count;
  }
  std::size_t open() {
    std::size_t count = 0;
    loop_.PostAndWait([&] {
      for (const auto& peer : peers_) count += !peer->is_ended();
    });
    return count;
  }

 private:
  void Accept(Descriptor socket) {
    const auto number = peers_.size();
    requests_.push_back(0);
    peers_.push_back(ByteConnection::Start(loop_, std::move(socket),
                                           {.received =
                                                [this, number](std::string_view) {
                                                  Answer(number);
                                                  return Status();
                                                },
                                            .peer_ended = [] { return Status(); },
                                            .closed = [](const Status&) {}}));
  }
  void Answer(std::size_t number) {
    const Says says = script_(static_cast<int>(number), requests_[number]++);
    ByteConnection& peer = *peers_[number];
    if (!says.bytes.empty()) says.bytes.copy(peer.Append(says.bytes.size()), says.bytes.size());
    if (says.closes) peer.EndWhenSent();
  }

  SocketLoop& loop_;
  const Script script_;
  Address address_;
  std::unique_ptr<Acceptor> acceptor_;
  std::deque<std::shared_ptr<ByteConnection>> peers_;
  std::deque<int> requests_;
};

std::string Sized(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class HttpClientPoolTest : public testing::Test {
 protected:
  ~HttpClientPoolTest() override { EndPool(); }

  void Open(HttpClientPool::Options options) {
    loop_->PostAndWait(
        [&] { pool_ = std::make_unique<HttpClientPool>(*loop_, resolver_, std::move(options)); });
  }
  void EndPool() {
    loop_->PostAndWait([this] { pool_.reset(); });
  }
  void OpenScripted(ScriptedServer::Script script, std::size_t connections = 8) {
    scripted_ = std::make_unique<ScriptedServer>(*loop_, std::move(script));
    Open({.server = scripted_->address(),
          .max_connections = connections,
          .limits = {.max_body_bytes = 100}});
  }
  // /now: answers at once; /later: when the test says so.
  void OpenServer(std::size_t connections) {
    HttpServerOptions options = {.listen = "127.0.0.1:0"};
    options.serve.handler = [this](const HttpRequest& request,
                                   HttpReply& reply) -> std::unique_ptr<HttpWork> {
      if (request.path == "/later") return std::make_unique<Later>(*this, reply);
      reply.Answer({.body = request.method + " " + request.body});
      return nullptr;
    };
    server_ = HttpServer::Start(std::move(options), clock_, *loop_).value();
    Open({.server = ParseAddress(server_->address()).value(), .max_connections = connections});
  }
  struct Later final : HttpWork {
    Later(HttpClientPoolTest& given, HttpReply& to) : test(given), reply(to) {
      test.later_.push_back(this);
    }
    ~Later() override { std::erase(test.later_, this); }
    HttpClientPoolTest& test;
    HttpReply& reply;
  };

  // Sends; the answer is told under `name`.
  HttpClientPool::RequestId Send(const HttpClientRequest& request, const std::string& name = "") {
    HttpClientPool::RequestId id = 0;
    loop_->PostAndWait([&] {
      id = pool_->Send(request, [this, name](Result<ReceivedAnswer> answer) {
        MutexLock lock(mutex_);
        const bool is_first = answers_.emplace(name, std::move(answer)).second;
        CHECK(is_first, "an answer comes once");
        order_.push_back(name);
        changed_.NotifyAll();
      });
    });
    return id;
  }
  Result<ReceivedAnswer> Await(const std::string& name = "") {
    MutexLock lock(mutex_);
    while (!answers_.contains(name)) changed_.Wait(mutex_);
    return std::move(answers_.extract(name).mapped());
  }
  Result<ReceivedAnswer> Ask(const HttpClientRequest& request) {
    Send(request);
    return Await();
  }
  std::string BodyOf(const HttpClientRequest& request) {
    const Result<ReceivedAnswer> answer = Ask(request);
    return answer.ok() ? answer->body : answer.status().ToString();
  }
  std::size_t connections() {
    std::size_t count = 0;
    loop_->PostAndWait([&] { count = pool_->connections(); });
    return count;
  }
  // Until `predicate` holds on the loop, which is given its turns.
  void Until(const std::function<bool()>& predicate) {
    for (bool holds = false; !holds;) loop_->PostAndWait([&] { holds = predicate(); });
  }
  std::vector<std::string> order() {
    MutexLock lock(mutex_);
    return order_;
  }

  TestClock clock_;
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(clock_).value();
  Resolver resolver_{clock_};
  std::vector<Later*> later_;  // of the loop's thread
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<ScriptedServer> scripted_;
  std::unique_ptr<HttpClientPool> pool_;  // of the loop's thread
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Result<ReceivedAnswer>> answers_ GUARDED_BY(mutex_);
  std::vector<std::string> order_ GUARDED_BY(mutex_);
};

TEST_F(HttpClientPoolTest, AsksAServerOverOneConnectionThatIsKept) {
  OpenServer(8);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(BodyOf({.method = "POST", .target = "/now", .body = "x"}), "POST x");
    EXPECT_EQ(BodyOf({.target = "/now"}), "GET ");
  }
  EXPECT_EQ(connections(), 1u);
}

TEST_F(HttpClientPoolTest, GrowsWithWhatIsInFlightUpToItsBound) {
  OpenServer(3);
  for (int i = 0; i < 5; ++i) Send({.target = "/later"}, std::to_string(i));
  Until([this] { return later_.size() == 3; });
  EXPECT_EQ(connections(), 3u);
  for (int i = 0; i < 5; ++i) {
    Until([this] { return !later_.empty(); });
    loop_->PostAndWait([this] { later_.front()->reply.Answer({.body = "late"}); });
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Await(std::to_string(i))->body, "late");
  EXPECT_EQ(connections(), 3u);
}

TEST_F(HttpClientPoolTest, WhatWaitsIsSentInItsOrder) {
  OpenServer(1);
  for (const char* name : {"a", "b", "c", "d"}) Send({.target = "/now"}, name);
  EXPECT_TRUE(Await("d").ok());
  EXPECT_THAT(order(), testing::ElementsAre("a", "b", "c", "d"));
}

TEST_F(HttpClientPoolTest, ReusesTheMostRecentConnection) {
  std::vector<int> served;
  OpenScripted([&](int connection, int) {
    served.push_back(connection);
    return ScriptedServer::Says{.bytes = served.size() == 1 ? "" : Sized("x")};
  });
  Send({}, "never");
  Until([&] { return served.size() == 1; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(BodyOf({}), "x");
  EXPECT_THAT(served, testing::ElementsAre(0, 1, 1, 1));
}

TEST_F(HttpClientPoolTest, ManyAtOnceAreAllAnswered) {
  OpenServer(50);
  for (int i = 0; i < 1000; ++i) {
    Send({.method = "POST", .target = "/now", .body = std::to_string(i)}, std::to_string(i));
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(Await(std::to_string(i))->body, "POST " + std::to_string(i));
  }
  EXPECT_LE(connections(), 50u);
}

TEST_F(HttpClientPoolTest, ADoneMaySendMore) {
  OpenServer(1);
  std::atomic<int> left = 100;
  std::function<void(Result<ReceivedAnswer>)> next = [&](const Result<ReceivedAnswer>&) {
    if (--left > 0) pool_->Send({.target = "/now"}, next);
  };
  loop_->PostAndWait([&] { pool_->Send({.target = "/now"}, next); });
  Until([&] { return left == 0; });
  EXPECT_EQ(connections(), 1u);
}

TEST_F(HttpClientPoolTest, ReadsAnswersInChunksAndThoseThatEndWithTheConnection) {
  OpenScripted([](int connection, int) -> ScriptedServer::Says {
    if (connection == 0) {
      return {.bytes =
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                  "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n"};
    }
    return {.bytes = "HTTP/1.0 200 OK\r\n\r\nall of it", .closes = true};
  });
  EXPECT_EQ(BodyOf({}), "body");
  EXPECT_EQ(BodyOf({}), "all of it");
  EXPECT_EQ(connections(), 0u);
}

TEST_F(HttpClientPoolTest, AConnectionThatIsClosedWhileIdleIsNoErrorOfTheNextRequest) {
  OpenScripted([](int, int) { return ScriptedServer::Says{.bytes = Sized("x"), .closes = true}; });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(BodyOf({}), "x");
  EXPECT_EQ(scripted_->accepted(), 20u);
}

TEST_F(HttpClientPoolTest, ARequestThatAKeptConnectionIsClosedForIsSentOnceMore) {
  OpenScripted([](int connection, int request) -> ScriptedServer::Says {
    if (request == 1) return {.bytes = "", .closes = true};
    return {.bytes = Sized(std::to_string(connection))};
  });
  EXPECT_EQ(BodyOf({}), "0");
  EXPECT_EQ(BodyOf({}), "1");
  EXPECT_EQ(connections(), 1u);
}

TEST_F(HttpClientPoolTest, ButNotAgainNorWhenAnAnswerHadBegunNorOnANewConnection) {
  OpenScripted([](int connection, int request) -> ScriptedServer::Says {
    if (connection == 0 && request == 0) return {.bytes = Sized("x")};
    if (connection == 2) {
      return {.bytes = request == 0 ? Sized("y") : "HTTP/1.1 2", .closes = request == 1};
    }
    return {.bytes = "", .closes = true};
  });
  const std::string server = ToString(scripted_->address());
  EXPECT_EQ(BodyOf({}), "x");
  EXPECT_EQ(BodyOf({}), "UNAVAILABLE: " + server + ": the connection was closed without an answer");
  EXPECT_EQ(scripted_->accepted(), 2u);
  EXPECT_EQ(BodyOf({}), "y");
  EXPECT_EQ(BodyOf({}), "UNAVAILABLE: " + server + ": the connection broke off within an answer");
  EXPECT_THAT(BodyOf({}), HasSubstr("closed without an answer"));
  EXPECT_EQ(scripted_->accepted(), 4u);
}

TEST_F(HttpClientPoolTest, ATimeOutEndsARequestAndItsConnection) {
  OpenServer(1);
  Send({.target = "/later", .timeout = 500ms}, "sent");
  Send({.target = "/later", .timeout = 500ms}, "waits");
  Send({.target = "/now", .timeout = 5000ms}, "patient");
  Until([this] { return later_.size() == 1; });
  clock_.Advance(1);
  for (const char* name : {"sent", "waits"}) {
    EXPECT_EQ(Await(name).status().ToString(),
              "DEADLINE_EXCEEDED: " + server_->address() + ": no answer within 500 ms");
  }
  EXPECT_TRUE(Await("patient").ok());
  Until([this] { return later_.empty(); });  // the server has heard of it
}

TEST_F(HttpClientPoolTest, ACancelledRequestIsNotAnsweredAndTheServerHearsOfIt) {
  OpenServer(1);
  const auto sent = Send({.target = "/later"}, "sent");
  const auto waits = Send({.target = "/later"}, "waits");
  Send({.target = "/now"}, "last");
  Until([this] { return later_.size() == 1; });
  loop_->PostAndWait([&] {
    pool_->Cancel(waits);
    pool_->Cancel(sent);
    pool_->Cancel(sent);
  });
  EXPECT_TRUE(Await("last").ok());
  Until([this] { return later_.empty(); });
  EXPECT_THAT(order(), testing::ElementsAre("last"));
}

TEST_F(HttpClientPoolTest, APoolThatEndsSaysSoToWhoeverWaits) {
  OpenServer(1);
  Send({.target = "/later"}, "sent");
  Send({.target = "/later"}, "waits");
  EndPool();
  EXPECT_EQ(Await("sent").status().code(), StatusCode::kCancelled);
  EXPECT_EQ(Await("waits").status().ToString(),
            "CANCELLED: " + server_->address() + ": the client ends");
}

TEST_F(HttpClientPoolTest, SaysWhatIsWrongWithAnAnswerAndGoesOn) {
  OpenScripted([](int connection, int) -> ScriptedServer::Says {
    if (connection == 0) return {.bytes = "SSH-2.0-OpenSSH_9.2\r\n\r\n"};
    if (connection == 1) return {.bytes = Sized(std::string(101, 'x'))};
    if (connection == 2) return {.bytes = Sized("x") + "more than was asked for"};
    return {.bytes = Sized("x")};
  });
  EXPECT_THAT(BodyOf({}), HasSubstr("found no answer of HTTP/1.1: the status line is another"));
  EXPECT_THAT(BodyOf({}), HasSubstr("found an answer with a body of 101 bytes"));
  EXPECT_EQ(BodyOf({}), "x");
  EXPECT_EQ(BodyOf({}), "x");
  EXPECT_EQ(scripted_->accepted(), 4u);
}

TEST_F(HttpClientPoolTest, ARefusedConnectionIsTheErrorOfWhoWaitsForIt) {
  Address nobody;
  {
    const Listener listener = ListenOn({.host = "127.0.0.1", .port = 0}).value();
    nobody = listener.address;
  }
  Open({.server = nobody, .max_connections = 2});
  for (const char* name : {"a", "b", "c", "d", "e"}) Send({}, name);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(Await(name).status().ToString(),
              "UNAVAILABLE: connect to " + ToString(nobody) + ": Connection refused");
  }
}

}  // namespace
}  // namespace shoal
