#include "http/http_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Phase = HttpSession::Phase;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\n";

std::string Get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

std::string Post(std::string_view headers, std::string_view body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

// An account of 1000 bytes.
struct Budget {
  std::size_t left = 1000;
  class Hold final : public BodyHold {
   public:
    explicit Hold(Budget& budget) : budget_(budget) {}
    ~Hold() override { budget_.left += held_; }
    bool TryGrow(std::size_t bytes) override {
      if (bytes > budget_.left) return false;
      budget_.left -= bytes;
      held_ += bytes;
      return true;
    }

   private:
    Budget& budget_;
    std::size_t held_ = 0;
  };
};

// A session whose handler answers "METHOD path?query|body" at once; a path that begins with
// "/later" waits for the test.
class HttpSessionTest : public testing::Test {
 protected:
  struct Pending final : HttpWork {
    Pending(HttpSessionTest& given, HttpRequest&& of, HttpReply& to)
        : test(given), request(std::move(of)), reply(to) {
      test.pending_ = this;
    }
    ~Pending() override {
      test.pending_ = nullptr;
      ++test.ended_;
    }
    void OnSent() override {
      ++test.sent_;
      if (test.finishes_as_sent_) reply.Finish();
    }
    HttpSessionTest& test;
    HttpRequest request;
    HttpReply& reply;
  };

  void SetUp() override { Connect(); }
  void Connect() {
    session_.reset();
    options_.handler = [this](HttpRequest request, HttpReply& reply) -> std::unique_ptr<HttpWork> {
      seen_.push_back(request.path);
      last_headers_ = request.headers;
      if (request.path.starts_with("/later")) {
        return std::make_unique<Pending>(*this, std::move(request), reply);
      }
      reply.Answer(
          {.body = request.method + " " + request.path + "?" + request.query + "|" + request.body});
      return nullptr;
    };
    session_ = std::make_unique<HttpSession>(
        options_, "ipv4:10.0.0.1:5", [this] { wants_output_ = true; }, unsent_);
  }

  std::string Output() {
    wants_output_ = false;
    std::string output;
    while (session_->TakeOutput(output, SIZE_MAX)) {
    }
    return output;
  }
  std::string Say(std::string_view bytes) {
    session_->Receive(bytes);
    return Output();
  }
  // The answer to what is no request, after which the connection ends.
  std::string Refusal(std::string_view bytes) {
    Connect();
    const std::size_t before = seen_.size();
    const std::string answer = Say(bytes);
    EXPECT_EQ(seen_.size(), before) << bytes;
    EXPECT_TRUE(session_->is_over()) << bytes;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << bytes;
    EXPECT_EQ(Say(Get("/")), "") << "nothing is read behind it";
    return answer.substr(0, answer.find("\r\n"));
  }

  HttpSession::Options options_;
  std::size_t unsent_ = 0;
  bool wants_output_ = false;
  std::vector<std::string> seen_;
  HttpHeaders last_headers_;
  Pending* pending_ = nullptr;
  int ended_ = 0;  // of the pending ones
  int sent_ = 0;
  bool finishes_as_sent_ = false;
  std::unique_ptr<HttpSession> session_;
};

TEST_F(HttpSessionTest, AnswersARequestAndWaitsForTheNext) {
  EXPECT_EQ(Say(Get("/a?b=c")), std::string(kOk) + "Content-Length: 11\r\n\r\nGET /a?b=c|");
  EXPECT_EQ(session_->phase(), Phase::kIdle);
  EXPECT_THAT(Say(Get("/d")), EndsWith("GET /d?|"));
}

TEST_F(HttpSessionTest, TakesRequestsHoweverTheyAreCut) {
  const std::string bytes =
      Get("/a") + Post("Content-Length: 5\r\n", "hello") +
      Post("Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nA: b\r\n\r\n") +
      "\r\n" + Get("/e");
  const std::string whole = Say(bytes);
  EXPECT_THAT(whole, HasSubstr("POST /?|hello"));
  EXPECT_THAT(whole, HasSubstr("POST /?|abcd"));
  EXPECT_THAT(whole, EndsWith("GET /e?|"));
  Connect();
  std::string cut;
  for (const char c : bytes) cut += Say({&c, 1});
  EXPECT_EQ(cut, whole);
}

TEST_F(HttpSessionTest, HeadersAreFoundByLowerCaseNameAndTrailersAreIgnored) {
  Say(Post("X-Thing:  a b \t\r\nx-thing: c\r\nTransfer-Encoding: chunked\r\n",
           "0\r\nX-Thing: trailer\r\n\r\n"));
  EXPECT_EQ(last_headers_.Find("x-thing"), "a b, c");
  EXPECT_EQ(last_headers_.Find("X-Thing"), std::nullopt);
}

TEST_F(HttpSessionTest, AnyMethodReachesTheHandler) {
  EXPECT_THAT(Say("BREW / HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("BREW /?|"));
}

TEST_F(HttpSessionTest, HeadGetsHeadersAlone) {
  EXPECT_EQ(Say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"),
            std::string(kOk) + "Content-Length: 8\r\n\r\n");
  EXPECT_EQ(session_->phase(), Phase::kIdle);
}

TEST_F(HttpSessionTest, OneRequestIsInWorkAndAnswersComeInOrder) {
  EXPECT_EQ(Say(Get("/later/1") + Get("/2") + Get("/later/3")), "");
  EXPECT_THAT(seen_, ElementsAre("/later/1"));
  pending_->reply.Answer({.body = "first"});
  EXPECT_TRUE(wants_output_);
  EXPECT_THAT(Output(), EndsWith("first" + std::string(kOk) + "Content-Length: 8\r\n\r\nGET /2?|"));
  EXPECT_THAT(seen_, ElementsAre("/later/1", "/2", "/later/3"));
}

TEST_F(HttpSessionTest, WhatFollowsARequestInWorkIsReadWithinABound) {
  EXPECT_GT(session_->wants_input(), 0u);
  Say(Get("/later"));
  const std::size_t room = session_->wants_input();
  EXPECT_GT(room, 0u);
  Say(std::string(room, 'x'));
  EXPECT_EQ(session_->wants_input(), 0u);
}

TEST_F(HttpSessionTest, TheNextRequestWaitsUntilTheAnswerIsTaken) {
  options_.limits.max_body_bytes = 1 << 20;
  Say(Get("/later") + Get("/b"));
  pending_->reply.Answer({.body = std::string(100, 'a')});
  std::string output;
  EXPECT_TRUE(session_->TakeOutput(output, 50));
  EXPECT_THAT(seen_, ElementsAre("/later"));
  EXPECT_EQ(ended_, 0);
  EXPECT_FALSE(session_->TakeOutput(output, 1000));
  EXPECT_THAT(seen_, ElementsAre("/later", "/b"));
  EXPECT_EQ(ended_, 1);
}

TEST_F(HttpSessionTest, ConnectionCloseEndsItAfterTheAnswer) {
  EXPECT_THAT(Say(Get("/", "Connection: Close\r\n") + Get("/unheard")),
              AllOf(StartsWith(kOk), HasSubstr("Connection: close\r\n")));
  EXPECT_TRUE(session_->is_over());
  EXPECT_THAT(seen_, ElementsAre("/"));
}

TEST_F(HttpSessionTest, Http10ClosesUnlessItAsksToStay) {
  EXPECT_THAT(Say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_EQ(session_->phase(), Phase::kIdle);
  EXPECT_THAT(Say("GET / HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, WhoExpectsContinueHearsItOnceTheHeadIsAccepted) {
  EXPECT_EQ(Say(Post("Expect: 100-continue\r\nContent-Length: 2\r\n")),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(Say("ab"), EndsWith("POST /?|ab"));
  EXPECT_THAT(Say(Post("Expect: 100-continue\r\nContent-Length: 2\r\n", "ab")), StartsWith(kOk))
      << "the body is there already";
  EXPECT_THAT(Refusal(Post("Expect: 100-continue\r\nContent-Length: 99999999\r\n")),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpSessionTest, AHeadCanBeAnsweredBeforeItsBody) {
  options_.check_head = [](const HttpRequest& head) -> std::optional<HttpAnswer> {
    if (head.headers.Find("authorization")) return std::nullopt;
    return HttpAnswer{.status = 401};
  };
  EXPECT_THAT(Say(Get("/")), StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_EQ(session_->phase(), Phase::kIdle);
  EXPECT_THAT(Refusal(Post("Expect: 100-continue\r\nContent-Length: 2\r\n")),
              StartsWith("HTTP/1.1 401 "));
  Connect();
  EXPECT_THAT(Say(Post("Authorization: x\r\nContent-Length: 2\r\n", "ab")), StartsWith(kOk));
}

TEST_F(HttpSessionTest, AStreamThatIsCutSendsNoMoreAndItsConnectionEnds) {
  Say(Get("/later"));
  pending_->reply.Begin({.body = "a"});
  EXPECT_THAT(Output(), EndsWith("1\r\na\r\n"));
  pending_->reply.Send(std::string(1000, 'b'));
  EXPECT_GE(unsent_, 1000u);
  pending_->reply.Cut();
  EXPECT_EQ(unsent_, 0u);
  EXPECT_EQ(Output(), "") << "not the end of the body either";
  EXPECT_TRUE(session_->is_over());
  EXPECT_EQ(ended_, 1);
}

TEST_F(HttpSessionTest, AStreamIsChunked) {
  Say(Get("/later") + Get("/next"));
  pending_->reply.Begin({.headers = {{"Content-Type", "text/event-stream"}}});
  EXPECT_EQ(Output(), std::string(kOk) +
                          "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  pending_->reply.Send("data: 0123456789\n\n");
  pending_->reply.Send("");
  EXPECT_EQ(Output(), "12\r\ndata: 0123456789\n\n\r\n");
  EXPECT_THAT(seen_, ElementsAre("/later"));
  pending_->reply.Finish();
  EXPECT_THAT(Output(), AllOf(StartsWith(std::string("0\r\n\r\n") + kOk), EndsWith("GET /next?|")));
}

TEST_F(HttpSessionTest, AStreamToHttp10EndsWithTheConnection) {
  Say("GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  pending_->reply.Begin({.body = "a"});
  EXPECT_EQ(Output(), std::string(kOk) + "Connection: close\r\n\r\na");
  pending_->reply.Send("b");
  pending_->reply.Finish();
  EXPECT_EQ(Output(), "b");
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, AStreamThatEndsWithNothingMoreToSendEndsTheConnection) {
  finishes_as_sent_ = true;
  session_->Receive("GET /later HTTP/1.0\r\n\r\n");
  pending_->reply.Begin({.body = "a"});
  EXPECT_THAT(Output(), EndsWith("\r\n\r\na"));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, AStreamToHeadHasNoPieces) {
  Say("HEAD /later HTTP/1.1\r\nHost: h\r\n\r\n");
  pending_->reply.Begin({.body = "a"});
  pending_->reply.Send("b");
  pending_->reply.Finish();
  EXPECT_EQ(Output(), std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n");
}

TEST_F(HttpSessionTest, ASenderSeesWhatIsNotRead) {
  Say(Get("/later"));
  pending_->reply.Begin({});
  Output();
  sent_ = 0;
  for (int i = 0; i < 100; ++i) pending_->reply.Send(std::string(10'000, 'a'));
  EXPECT_GT(pending_->reply.unsent_bytes(), 1'000'000u);
  EXPECT_EQ(unsent_, pending_->reply.unsent_bytes());
  std::string output;
  EXPECT_TRUE(session_->TakeOutput(output, 64 << 10));
  EXPECT_EQ(sent_, 1);
  EXPECT_LT(unsent_, 950'000u);
  session_.reset();
  EXPECT_EQ(unsent_, 0u);
}

TEST_F(HttpSessionTest, WhatAWorkKeepsCountsUntilItEnds) {
  Say(Get("/later"));
  pending_->reply.Begin({.body = "a"});
  pending_->reply.Keeps(1000);
  Output();
  EXPECT_EQ(unsent_, 1000u);
  EXPECT_EQ(pending_->reply.unsent_bytes(), 0u);
  pending_->reply.Finish();
  Output();
  EXPECT_EQ(unsent_, 0u);
  Say(Get("/later"));
  pending_->reply.Begin({});
  pending_->reply.Keeps(1000);
  session_.reset();
  EXPECT_EQ(unsent_, 0u);
}

TEST_F(HttpSessionTest, TheWorkEndsAsTheClientGoes) {
  Say(Get("/later"));
  EXPECT_EQ(ended_, 0);
  session_.reset();
  EXPECT_EQ(ended_, 1);
}

TEST_F(HttpSessionTest, AClientThatEndsItsSideStillGetsWhatIsAnsweredAtOnce) {
  Say(Get("/later") + Get("/1") + Get("/2"));
  pending_->reply.Answer({.body = "later"});
  session_->PeerEnded();
  EXPECT_THAT(Output(), AllOf(HasSubstr("later"), HasSubstr("GET /1"), EndsWith("GET /2?|")));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, TheWorkEndsAsTheClientEndsItsSide) {
  for (const std::string& before : {std::string(), Get("/at-once")}) {
    Connect();
    ended_ = 0;
    Say(before + Get("/later/1") + Get("/later/2"));
    session_->PeerEnded();
    EXPECT_EQ(ended_, 1);
    EXPECT_EQ(Output(), "");
    EXPECT_TRUE(session_->is_over());
  }
}

TEST_F(HttpSessionTest, TheWorkOfAPipelinedRequestEndsAsTheClientHasEndedItsSide) {
  session_->Receive(Get("/") + Get("/later") + Get("/"));
  session_->PeerEnded();
  EXPECT_THAT(Output(), StartsWith(kOk));
  EXPECT_THAT(seen_, ElementsAre("/", "/later"));
  EXPECT_EQ(ended_, 1);
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, WhoServesTheRoutesSaysHowRefusalsAreWritten) {
  options_.write_refusal = [](const HttpRefusal& refusal, const HttpRequest* head) {
    return HttpAnswer{.status = refusal.status, .body = head == nullptr ? "-" : head->path};
  };
  Connect();
  EXPECT_THAT(Say("no request\n"), AllOf(StartsWith("HTTP/1.1 400 "), EndsWith("\r\n-")));
  Connect();
  EXPECT_THAT(Say(Post("Content-Length: 9000000000\r\n")),
              AllOf(StartsWith("HTTP/1.1 413 "), EndsWith("\r\n/")));
}

TEST_F(HttpSessionTest, AClientThatEndsWithinARequestGetsNone) {
  for (const std::string& bytes :
       {std::string(), std::string("GET /"), Post("Content-Length: 2\r\n", "a")}) {
    Connect();
    EXPECT_EQ(Say(bytes), "");
    session_->PeerEnded();
    EXPECT_EQ(Output(), "");
    EXPECT_TRUE(session_->is_over());
  }
}

TEST_F(HttpSessionTest, LateHeadsAndBodiesAreToldSoAndIdleClientsAreNot) {
  for (const std::string& bytes : {std::string("GET /"), Post("Content-Length: 2\r\n", "a")}) {
    Connect();
    Say(bytes);
    session_->TimeOut();
    EXPECT_THAT(Output(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    EXPECT_TRUE(session_->is_over());
  }
  Connect();
  session_->TimeOut();
  EXPECT_EQ(Output(), "");
  EXPECT_TRUE(session_->is_over());
}

TEST_F(HttpSessionTest, ADrainClosesWhoIsIdleAndAnswersWhatHasBegun) {
  session_->Drain();
  EXPECT_TRUE(session_->is_over());
  Connect();
  Say(Get("/later") + Get("/unheard"));
  session_->Drain();
  EXPECT_FALSE(session_->is_over());
  pending_->reply.Answer({});
  EXPECT_THAT(Output(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(session_->is_over());
  EXPECT_THAT(seen_, ElementsAre("/later"));
}

TEST_F(HttpSessionTest, MalformedRequestsAreRefused) {
  const std::string get = "GET / HTTP/1.1\r\n";
  const std::string nul("a: b\0c\r\n", 8);
  const std::map<std::string, std::vector<std::string>> cases = {
      {"400 Bad Request",
       {get + "\r\n",
        get + "Host: a\r\nHost: a\r\n\r\n",
        get + "Host: a b\r\n\r\n",
        get + "Host : a\r\n\r\n",
        get + "Host: a\n\r\n",
        get + "Host: a\r\n\n",
        get + "Host: a\r\nb: c\r\n d\r\n\r\n",
        get + "Host: a\r\n" + nul,
        get + "Host: a\r\nb: \x01\r\n\r\n",
        get + "Host: a\r\nb\r\n\r\n",
        get + "Host: a\r\n: b\r\n\r\n",
        Post("Content-Length: 1\r\nContent-Length: 2\r\n"),
        Post("Content-Length: 1\r\nContent-Length: 1\r\n"),
        Post("Content-Length: 1, 1\r\n"),
        Post("Content-Length: -1\r\n"),
        Post("Content-Length: 0x1\r\n"),
        Post("Content-Length: 99999999999999999999\r\n"),
        Post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        Post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
        Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02",
        "\n",
        "hello\n",
        Post("Transfer-Encoding: chunked\r\n", "x\r\n"),
        Post("Transfer-Encoding: chunked\r\n", "-1\r\n"),
        Post("Transfer-Encoding: chunked\r\n", "1\nab"),
        Post("Transfer-Encoding: chunked\r\n", "1\r\nabc"),
        Post("Transfer-Encoding: chunked\r\n", "1;a=\"\n\"\r\nb\r\n"),
        Post("Transfer-Encoding: chunked\r\n", "00000000000000001\r\n")}},
      {"501 Not Implemented",
       {Post("Transfer-Encoding: xchunked\r\n"), Post("Transfer-Encoding: chunked, identity\r\n"),
        Post("Transfer-Encoding: gzip, chunked\r\n"), Post("Transfer-Encoding: identity\r\n"),
        Post("Transfer-Encoding:\r\n")}},
      {"413 Payload Too Large",
       {Post("Content-Length: 16777217\r\n"), Post("Transfer-Encoding: chunked\r\n", "1000001\r\n"),
        Post("Transfer-Encoding: chunked\r\n", "11111111111111111\r\n")}},
      {"417 Expectation Failed", {Post("Expect: tea\r\nContent-Length: 1\r\n")}}};
  for (const auto& [status, requests] : cases) {
    for (const std::string& request : requests) {
      EXPECT_EQ(Refusal(request), "HTTP/1.1 " + status) << request;
    }
  }
}

TEST_F(HttpSessionTest, AbsoluteTargetsAreTaken) {
  EXPECT_THAT(Say("GET http://other:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("GET /p?q|"));
  EXPECT_EQ(last_headers_.Find("host"), "other:1");
}

TEST_F(HttpSessionTest, HeadsAreBounded) {
  const std::string fits = Get("/", "a: " + std::string((64 << 10) - 40, 'b') + "\r\n");
  EXPECT_THAT(Say(fits), StartsWith(kOk));
  EXPECT_EQ(Refusal(Get("/", "a: " + std::string(64 << 10, 'b') + "\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(Refusal("GET /" + std::string(64 << 10, 'b')),
            "HTTP/1.1 431 Request Header Fields Too Large");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a" + std::to_string(i) + ": b\r\n";
  EXPECT_EQ(Refusal(Get("/", many)), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpSessionTest, ExtensionsAndTrailersOfChunksAreBounded) {
  const std::string chunked = Post("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(Refusal(chunked + "1;" + std::string(17'000, 'a')), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(Refusal(chunked + "0\r\na: " + std::string(17'000, 'a')), "HTTP/1.1 400 Bad Request");
  std::string chunks = chunked;
  for (int i = 0; i < 20; ++i) chunks += "1;" + std::string(1000, 'a') + "\r\nb\r\n";
  EXPECT_EQ(Refusal(chunks), "HTTP/1.1 400 Bad Request");
}

TEST_F(HttpSessionTest, BodiesTakeMemoryAsTheyCome) {
  Budget budget;
  options_.hold_body = [&] { return std::make_unique<Budget::Hold>(budget); };
  options_.limits.max_body_bytes = 1 << 30;
  Connect();
  Say(Post("Content-Length: 900000000\r\n", std::string(100, 'a')));
  EXPECT_EQ(budget.left, 900u);
  Connect();
  EXPECT_EQ(budget.left, 1000u) << "the client has gone";
  EXPECT_EQ(Refusal(Post("Content-Length: 900000000\r\n", std::string(1001, 'a'))),
            "HTTP/1.1 429 Too Many Requests");
  EXPECT_EQ(budget.left, 1000u);
}

TEST_F(HttpSessionTest, ABodyIsAccountedForUntilItsRequestEnds) {
  Budget budget;
  options_.hold_body = [&] { return std::make_unique<Budget::Hold>(budget); };
  Connect();
  Say("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'a'));
  EXPECT_EQ(budget.left, 900u);
  EXPECT_EQ(pending_->request.body.size(), 100u);
  EXPECT_EQ(pending_->request.peer, "ipv4:10.0.0.1:5");
  pending_->reply.Answer({});
  Output();
  EXPECT_EQ(budget.left, 1000u);
}

}  // namespace
}  // namespace shoal
