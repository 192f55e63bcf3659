#include "rpc/http2_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rpc/http2_test_client.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Lt;
using testing::Pair;
using StreamId = Http2Session::StreamId;

const Http2TestClient::Fields kPost = {
    {":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a"}, {"b", "c"}};
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string Filled(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  return text.substr(0, size);
}

class Http2SessionTest : public testing::Test {
 protected:
  // Writes down what it hears.
  struct Recorder final : Http2Session::Request {
    Recorder(Http2SessionTest& owner, StreamId stream) : test(owner), id(stream) {
      test.open_[id] = this;
    }
    ~Recorder() override {
      test.open_.erase(id);
      test.heard_.push_back("gone");
      if (test.at_end_) test.at_end_(id);
    }
    void OnHeader(std::string_view name, std::string_view value) override {
      test.heard_.push_back(std::string(name) + "=" + std::string(value));
    }
    void OnHeadersEnd() override {
      test.heard_.emplace_back("headers");
      if (test.at_headers_) test.at_headers_(id);
    }
    void OnBody(std::string_view bytes) override {
      test.body_ += bytes;
      if (test.consumes_) test.session_->Consume(id, bytes.size());
    }
    void OnEnd() override { test.heard_.emplace_back("end"); }
    void OnSent() override {
      ++sent;
      if (test.at_sent_) test.at_sent_(id);
    }
    void OnTick(Http2Session::TimePoint /*now*/) override { test.heard_.emplace_back("tick"); }

    Http2SessionTest& test;
    const StreamId id;
    int sent = 0;
  };

  Http2SessionTest() { Renew(1024); }
  void Renew(std::uint32_t max_streams) {
    session_.reset();
    session_ = std::make_unique<Http2Session>(
        Http2Session::Options{
            .max_streams = max_streams,
            .make_request = [this](StreamId id) { return std::make_unique<Recorder>(*this, id); },
            .wants_output = [] {}},
        unsent_);
  }
  ~Http2SessionTest() override {
    session_.reset();
    EXPECT_EQ(unsent_, 0u);
  }

  StreamId Open() {
    const StreamId id = client_->Open(kPost);
    client_->Talk(*session_);
    return id;
  }
  void RespondWith(StreamId id, std::string_view body, std::vector<Http2Field> trailers) {
    session_->Respond(id, {{":status", "200"}}, /*ends=*/false);
    session_->Send(id, WireBytes(body));
    session_->Finish(id, std::move(trailers));
  }
  // What a client says that begins with its settings, and never hears anything.
  Status Say(std::string_view frames) {
    return session_->Receive(std::string(kPreface) + Http2Frame(NGHTTP2_SETTINGS, 0, 0, "") +
                             std::string(frames));
  }
  std::string Output() {
    std::string output;
    while (session_->TakeOutput(output, output.size() + 100'000)) {
    }
    return output;
  }

  std::size_t unsent_ = 0;
  std::vector<std::string> heard_;
  std::string body_;
  bool consumes_ = true;
  std::map<StreamId, Recorder*> open_;
  std::function<void(StreamId)> at_headers_, at_sent_, at_end_;
  std::unique_ptr<Http2Session> session_;
  std::unique_ptr<Http2TestClient> client_ = std::make_unique<Http2TestClient>();
};

TEST_F(Http2SessionTest, ARequestIsHeardInOrderAndAnswered) {
  const StreamId id = Open();
  client_->Send(id, "question", /*ends=*/true);
  client_->Talk(*session_);
  EXPECT_TRUE(session_->is_greeted());
  EXPECT_THAT(heard_, ElementsAre(":method=POST", ":scheme=http", ":authority=x", ":path=/a", "b=c",
                                  "headers", "end"));
  EXPECT_EQ(body_, "question");
  RespondWith(id, "answer", {{"grpc-status", "0"}});
  EXPECT_EQ(unsent_, 6u);
  client_->Talk(*session_);
  const auto& answer = client_->answer(id);
  EXPECT_THAT(answer.fields, ElementsAre(Pair(":status", "200"), Pair("grpc-status", "0")));
  EXPECT_EQ(answer.body, "answer");
  EXPECT_EQ(answer.is_closed, NGHTTP2_NO_ERROR);
  EXPECT_FALSE(answer.reset.has_value());
  EXPECT_EQ(heard_.back(), "gone");
  EXPECT_EQ(session_->open_streams(), 0u);
}

TEST_F(Http2SessionTest, AnAnswerMayBeHeadersAlone) {
  const StreamId id = Open();
  client_->Send(id, "", /*ends=*/true);
  session_->Respond(id, {{":status", "200"}, {"grpc-status", "5"}}, /*ends=*/true);
  client_->Talk(*session_);
  EXPECT_TRUE(client_->answer(id).is_ended);
  EXPECT_EQ(client_->answer(id).fields.at("grpc-status"), "5");
}

TEST_F(Http2SessionTest, AnAnswerBeforeTheEndOfTheBodyStopsIt) {
  const StreamId id = Open();
  client_->Send(id, "begins");
  client_->Talk(*session_);
  RespondWith(id, "enough", {{"grpc-status", "3"}});
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).fields.at("grpc-status"), "3");
  EXPECT_EQ(client_->answer(id).reset, NGHTTP2_NO_ERROR);
  EXPECT_THAT(open_, IsEmpty());
}

TEST_F(Http2SessionTest, ABodyWithoutTrailersEndsWithItsData) {
  const StreamId id = Open();
  client_->Send(id, "", /*ends=*/true);
  RespondWith(id, "text", {});
  client_->Talk(*session_);
  EXPECT_TRUE(client_->answer(id).is_ended);
  EXPECT_EQ(client_->answer(id).body, "text");
}

TEST_F(Http2SessionTest, APeerThatGivesNoRoomIsSentNoMoreThanItHas) {
  client_ =
      std::make_unique<Http2TestClient>(Http2TestClient::Options{.window = 10, .reads = false});
  const StreamId id = Open();
  client_->Send(id, "", /*ends=*/true);
  const std::string text = Filled(100'000);
  RespondWith(id, text, {{"grpc-status", "0"}});
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).body, text.substr(0, 10));
  EXPECT_EQ(session_->unsent_bytes(), text.size() - 10);
  client_->Widen(id, 200'000);
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).body.size(), 65'535u) << "the window of the connection";
  client_->Widen(0, 100'000);
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).body, text);
  EXPECT_TRUE(client_->answer(id).is_ended);
}

TEST_F(Http2SessionTest, ABodyThatIsNotConsumedIsStopped) {
  consumes_ = false;
  const StreamId id = Open();
  const std::string text = Filled(3 << 20);
  client_->Send(id, text);
  client_->Talk(*session_);
  EXPECT_EQ(body_.size(), 1u << 20);
  session_->Consume(id, 1 << 20);
  client_->Talk(*session_);
  EXPECT_EQ(body_.size(), 2u << 20);
}

TEST_F(Http2SessionTest, OtherBodiesGoOnWhereOneIsNotConsumed) {
  consumes_ = false;
  const std::string text = Filled(2 << 20);
  for (int i = 0; i < 6; ++i) client_->Send(Open(), text);
  client_->Talk(*session_);
  EXPECT_EQ(body_.size(), 6u << 20) << "more than the window of the connection";
}

TEST_F(Http2SessionTest, ARequestIsToldOfEachPieceThatHasLeft) {
  const StreamId id = Open();
  session_->Respond(id, {{":status", "200"}}, /*ends=*/false);
  at_sent_ = [this](StreamId on) {
    if (open_.at(on)->sent <= 100) session_->Send(on, WireBytes("next"));
  };
  session_->Send(id, WireBytes("first"));
  client_->Talk(*session_);
  EXPECT_EQ(open_.at(id)->sent, 101);
  EXPECT_EQ(client_->answer(id).body.size(), 5u + 100 * 4);
  session_->Send(id, WireBytes(std::size_t{0}));
  client_->Talk(*session_);
  EXPECT_EQ(open_.at(id)->sent, 101) << "nothing is no piece";
}

TEST_F(Http2SessionTest, OutputComesInPiecesOfAboutWhatIsAskedFor) {
  client_ = std::make_unique<Http2TestClient>(Http2TestClient::Options{.window = 4 << 20});
  const StreamId id = Open();
  client_->Widen(0, 4 << 20);
  client_->Talk(*session_);
  const std::string text = Filled(1 << 20);
  RespondWith(id, text, {{"grpc-status", "0"}});
  bool more = true;
  while (more) {
    std::string output;
    more = session_->TakeOutput(output, 100'000);
    EXPECT_THAT(output.size(), Lt(100'000u + 20'000));
    EXPECT_THAT(output.size(), Ge(more ? 100'000u : 0u));
    client_->Hear(output);
  }
  EXPECT_EQ(client_->answer(id).body, text);
}

TEST_F(Http2SessionTest, WhatIsNotSentIsForgottenWithItsStream) {
  client_ =
      std::make_unique<Http2TestClient>(Http2TestClient::Options{.window = 10, .reads = false});
  const StreamId reset = Open();
  const StreamId kept = Open();
  for (const StreamId id : {reset, kept}) RespondWith(id, Filled(1000), {});
  client_->Talk(*session_);
  EXPECT_EQ(unsent_, 2 * 990u);
  client_->Reset(reset);
  client_->Talk(*session_);
  EXPECT_EQ(unsent_, 990u);
  EXPECT_EQ(session_->unsent_bytes(), 990u);
  session_->Send(reset, WireBytes("to nobody"));
  EXPECT_EQ(unsent_, 990u);
}

// As a handler does that a cancelled call gives room for others.
TEST_F(Http2SessionTest, ARequestThatEndsMayAnswerOthers) {
  std::vector<StreamId> all;
  for (int i = 0; i < 20; ++i) all.push_back(Open());
  for (const StreamId id : all) session_->Respond(id, {{":status", "200"}}, /*ends=*/false);
  at_end_ = [&, session = session_.get()](StreamId) {
    for (const StreamId id : all) session->Send(id, WireBytes("room"));
  };
  client_->Reset(all[3]);
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(all[4]).body, "room");
  session_.reset();
  at_end_ = nullptr;
  EXPECT_EQ(unsent_, 0u);
}

TEST_F(Http2SessionTest, AnAnswerFromWithinTheRequestIsSent) {
  at_headers_ = [this](StreamId id) { RespondWith(id, "at once", {{"grpc-status", "0"}}); };
  const StreamId id = client_->Open(kPost);
  client_->Send(id, Filled(100'000), /*ends=*/true);
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).body, "at once");
  EXPECT_TRUE(client_->answer(id).is_ended);
}

TEST_F(Http2SessionTest, HeadersOrTrailersThatAreTooLargeResetTheStream) {
  const StreamId headers = Open();
  session_->Respond(headers, {{":status", "200"}, {"grpc-message", std::string(100'000, 'x')}},
                    /*ends=*/true);
  const StreamId trailers = Open();
  RespondWith(trailers, "answer", {{"grpc-message", std::string(100'000, 'x')}});
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(headers).reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(client_->answer(trailers).reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_THAT(open_, IsEmpty());
}

TEST_F(Http2SessionTest, GoesAwayInTwoSteps) {
  const StreamId before = Open();
  session_->BeginGoAway();
  std::string notice;
  session_->TakeOutput(notice, 100'000);
  const StreamId between = Open();  // before it has heard
  EXPECT_FALSE(session_->has_gone_away());
  client_->Hear(notice);
  client_->Talk(*session_);
  EXPECT_TRUE(session_->has_gone_away());
  EXPECT_THAT(client_->goaways(),
              ElementsAre(Pair(0x7FFF'FFFF, NGHTTP2_NO_ERROR), Pair(between, NGHTTP2_NO_ERROR)));
  EXPECT_FALSE(session_->is_over());
  for (const StreamId id : {before, between}) {
    client_->Send(id, "", /*ends=*/true);
    RespondWith(id, "the last", {{"grpc-status", "0"}});
  }
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(between).body, "the last");
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, TheAnswerToAnEarlierPingDoesNotSayThatGoingAwayWasHeard) {
  Open();
  session_->Ping();
  std::string ping;
  session_->TakeOutput(ping, 100'000);
  session_->BeginGoAway();
  client_->Hear(ping);
  EXPECT_TRUE(session_->Receive(client_->Output()).ok());
  EXPECT_FALSE(session_->has_gone_away());
}

TEST_F(Http2SessionTest, APeerThatGoesAwayIsAnsweredToTheEnd) {
  const StreamId id = Open();
  client_->Send(id, "", /*ends=*/true);
  client_->GoAway();
  client_->Talk(*session_);
  EXPECT_FALSE(session_->is_over());
  RespondWith(id, "answer", {{"grpc-status", "0"}});
  client_->Talk(*session_);
  EXPECT_EQ(client_->answer(id).body, "answer");
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, TicksReachEveryRequest) {
  Open();
  Open();
  heard_.clear();
  session_->Tick({});
  EXPECT_THAT(heard_, ElementsAre("tick", "tick"));
}

TEST_F(Http2SessionTest, FramesThatAskForNothingEndTheSession) {
  const std::string priority = Http2Frame(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0'));
  std::string many;
  for (int i = 0; i < 9'000; ++i) many += priority;
  EXPECT_TRUE(Say(many).ok());
  Output();
  EXPECT_FALSE(session_->is_over());
  for (int second = 0; second < 9; ++second) session_->Tick({});
  EXPECT_TRUE(session_->Receive(many).ok());
  Output();
  EXPECT_FALSE(session_->is_over()) << "so many, but slowly";
  EXPECT_TRUE(session_->Receive(many).ok());
  const std::string output = Output();
  EXPECT_TRUE(session_->is_over());
  EXPECT_EQ(output.substr(output.size() - 17, 4), std::string("\0\0\x8\x7", 4)) << "GOAWAY";
  EXPECT_EQ(output.back(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2SessionTest, ResetsBeyondTheLimitEndTheSession) {
  client_->Talk(*session_);
  // nghttp2 goes by the machine's clock: a slow machine has some thousand more.
  for (int i = 0; i < 200'000 && !session_->is_over(); ++i) {
    const StreamId id = client_->Open(kPost);
    const std::string opened = client_->Output();
    client_->Reset(id);
    EXPECT_TRUE(session_->Receive(opened + client_->Output()).ok());
    client_->Hear(Output());
  }
  EXPECT_TRUE(session_->is_over());
  EXPECT_THAT(client_->goaways(), testing::SizeIs(1));
}

TEST_F(Http2SessionTest, StreamsBeyondTheLimitAreRefusedWhereThePeerCannotKnowIt) {
  Renew(1);
  const StreamId first = client_->Open(kPost);
  const StreamId second = client_->Open(kPost);
  client_->Talk(*session_);
  EXPECT_FALSE(client_->answer(first).reset.has_value());
  EXPECT_EQ(client_->answer(second).reset, NGHTTP2_REFUSED_STREAM);
}

TEST_F(Http2SessionTest, APeerThatDoesNotReadCannotMakeFramesPileUp) {
  const std::string block = HpackLiteral(":method", "POST") + HpackLiteral(":scheme", "http") +
                            HpackLiteral(":path", "/a");
  std::string opened;
  for (std::uint32_t stream = 1; stream < 8'000; stream += 2) {
    opened += Http2Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, block);
  }
  Status status = Say(opened);
  for (std::uint32_t first = 8'001; status.ok() && first < 200'000; first += 1'000) {
    std::string more;
    for (std::uint32_t stream = first; stream < first + 1'000; stream += 2) {
      more += Http2Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, block);
    }
    status = session_->Receive(more);
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
}

// 16 KB that stand for 60 MB: reading them would take as long as 60 MB.
TEST_F(Http2SessionTest, OneHeaderNamedManyTimesIsNotReadAgainAndAgain) {
  const std::string begins = HpackLiteral(":method", "POST") + HpackLiteral(":scheme", "http") +
                             HpackLiteral(":path", "/a") + HpackLiteral(":authority", "x");
  std::string kept = HpackLiteral("long", std::string(100, 'x'));
  kept[0] = 0x40;  // and remembered
  const std::string again(10'000, '\xBE');
  EXPECT_TRUE(Say(Http2Frame(NGHTTP2_HEADERS, 4, 1, begins + kept) +
                  Http2Frame(NGHTTP2_HEADERS, 4, 3, begins + again) +
                  Http2Frame(NGHTTP2_HEADERS, 5, 1, again))  // trailers
                  .ok());
  EXPECT_THAT(heard_, testing::SizeIs(Lt(1000u)));
  Output();
  EXPECT_THAT(open_, IsEmpty()) << "both are reset";
  EXPECT_TRUE(session_->Receive(Http2Frame(NGHTTP2_HEADERS, 5, 5, begins)).ok());
  EXPECT_EQ(heard_.back(), "end") << "and others are served";
}

TEST_F(Http2SessionTest, AnotherProtocolIsAnError) {
  EXPECT_FALSE(session_->Receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n").ok());
}

}  // namespace
}  // namespace shoal
