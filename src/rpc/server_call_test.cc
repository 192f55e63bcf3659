#include "rpc/server_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "rpc/http2_test_client.h"
#include "rpc/unary_method.h"

namespace shoal {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;
using StreamId = Http2Session::StreamId;

WireBytes Framed(std::string_view content) {
  WireBytes bytes(kMessageHeader + content.size());
  WriteMessageHeader(content.size(), bytes.data.get());
  std::memcpy(bytes.data.get() + kMessageHeader, content.data(), content.size());
  return bytes;
}

std::string Message(std::string_view content, char flag = '\0') {
  std::string message(Framed(content).view());
  message[0] = flag;
  return message;
}

std::string Deflated(std::string_view text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  CHECK(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                 reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK,
        "room for the worst");
  return out.substr(0, size);
}

// Answers with what it is sent.
class Echo final : public UnaryMethod {
 public:
  using UnaryMethod::UnaryMethod;

 private:
  void TakeRequest(std::string_view message, ByteBudget::Hold hold) override {
    message_ = message;
    hold_ = std::move(hold);
  }
  void Serve() override {
    call().Send(Framed(message_));
    call().Finish({});
  }
  std::string message_;
  ByteBudget::Hold hold_;
};

// Says what it hears; a message "stop" ends the call, and of more than two it waits for its answers
// to be sent.
class Talk final : public ServerMethod {
 public:
  explicit Talk(ServerCall& call) : call_(call) {}

 private:
  void OnMessage(std::string_view message, ByteBudget::Hold /*hold*/) override {
    if (message == "stop") return call_.Finish({StatusCode::kAborted, "stopped"});
    ++unsent_;
    call_.Send(Framed(message));
  }
  bool OnRefusedMessage(const Refusal& /*refusal*/, std::string_view beginning) override {
    ++unsent_;
    call_.Send(Framed("no " + std::string(beginning.substr(0, 3))));
    return true;
  }
  void OnHalfClose() override {
    half_closed_ = true;
    if (unsent_ == 0) call_.Finish({});
  }
  bool TakesMessages() const override { return unsent_ < 2; }
  void OnSent() override {
    if (--unsent_ == 0 && half_closed_) return call_.Finish({});
    call_.TakeMore();
  }

  ServerCall& call_;
  int unsent_ = 0;
  bool half_closed_ = false;
};

class ServerCallTest : public testing::Test {
 protected:
  using Fields = Http2TestClient::Fields;

  ServerCallTest() {
    shared_.methods["/t/One"] = [](ServerCall& call) { return std::make_unique<Echo>(call); };
    shared_.methods["/t/Many"] = [](ServerCall& call) { return std::make_unique<Talk>(call); };
    shared_.methods["/t/Span"] = [](ServerCall& call) {
      call.set_span(call.traceparent());
      return std::make_unique<Echo>(call);
    };
    shared_.methods["/t/Long"] = [](ServerCall& call) {
      call.Finish({StatusCode::kNotFound, std::string(100'000, 'x')});
      return std::make_unique<Echo>(call);
    };
    shared_.methods["/t/Accents"] = [](ServerCall& call) {
      std::string accents = "x";
      for (int i = 0; i < 10'000; ++i) accents += "\u00e9";
      call.Finish({StatusCode::kNotFound, accents});
      return std::make_unique<Echo>(call);
    };
  }
  ~ServerCallTest() override {
    session_.reset();
    EXPECT_EQ(shared_.received.used(), 0u);
    EXPECT_EQ(unsent_, 0u);
  }

  // `more` replaces headers of the same name.
  StreamId Open(const std::string& path, const Fields& more = {}) {
    Fields fields = {{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}};
    fields.emplace_back(":path", path);
    fields.emplace_back("content-type", "application/grpc");
    fields.emplace_back("te", "trailers");
    for (const auto& [name, value] : more) {
      // clang 14 takes no structured binding into a lambda as it is.
      std::erase_if(fields, [&own = name](const auto& field) { return field.first == own; });
    }
    for (const auto& [name, value] : more) {
      fields.insert(name.starts_with(':') ? fields.begin() : fields.end(), {name, value});
    }
    const StreamId id = client_->Open(fields);
    client_->Talk(*session_);
    return id;
  }
  void Send(StreamId id, std::string_view bytes, bool ends = false) {
    client_->Send(id, bytes, ends);
    client_->Talk(*session_);
  }
  // "5 what the message is" of a call that is over, else "".
  std::string StatusOf(StreamId id) {
    const auto& answer = client_->answer(id);
    const auto code = answer.fields.find("grpc-status");
    if (!answer.is_ended || code == answer.fields.end()) return "";
    const auto message = answer.fields.find("grpc-message");
    return code->second + (message == answer.fields.end() ? "" : " " + message->second);
  }
  std::string Field(StreamId id, const std::string& name) {
    return client_->answer(id).fields[name];
  }
  std::string BodyOf(StreamId id) { return client_->answer(id).body; }
  std::string Ended(const std::string& path, std::string_view bytes, const Fields& more = {}) {
    const StreamId id = Open(path, more);
    Send(id, bytes, /*ends=*/true);
    return StatusOf(id) + (BodyOf(id).empty() ? "" : ":" + BodyOf(id).substr(5));
  }
  void Pass(seconds time) {
    clock_.Advance(time);
    session_->Tick(clock_.Now());
    client_->Talk(*session_);
  }

  ManualClock clock_;
  ByteBudget received_{100'000};
  ServerCall::Shared shared_{.clock = clock_,
                             .limits = {.max_request_bytes = 50'000, .max_metadata_bytes = 1000},
                             .received = received_,
                             .methods = {}};
  const CallPeer peer_{.address = "ipv4:127.0.0.1:1", .client = 7};
  std::size_t unsent_ = 0;
  std::unique_ptr<Http2Session> session_ = std::make_unique<Http2Session>(
      Http2Session::Options{.make_request =
                                [this](StreamId id) {
                                  return std::make_unique<ServerCall>(*session_, id, shared_,
                                                                      peer_);
                                },
                            .wants_output = [] {}},
      unsent_);
  std::unique_ptr<Http2TestClient> client_ = std::make_unique<Http2TestClient>();
};

TEST_F(ServerCallTest, AMessageIsAnswered) {
  EXPECT_EQ(Ended("/t/One", Message("hello")), "0:hello");
  EXPECT_EQ(Ended("/t/One", Message("")), "0:");
}

TEST_F(ServerCallTest, TheAnswerSaysWhichSpanItIsOf) {
  const auto span = [this](const Fields& fields) {
    const StreamId id = Open("/t/Span", fields);
    Send(id, Message("x"), /*ends=*/true);
    EXPECT_EQ(StatusOf(id), "0");
    return Field(id, "traceparent");
  };
  EXPECT_EQ(span({{"traceparent", "some words"}}), "some words");
  EXPECT_EQ(span({}), "");
  EXPECT_EQ(span({{"traceparent", "a"}, {"traceparent", "b"}}), ",") << "twice is none";
}

TEST_F(ServerCallTest, AMessageMayComeInAnyPieces) {
  const StreamId id = Open("/t/One");
  const std::string message = Message(std::string(300, 'x'));
  for (const char byte : message) Send(id, {&byte, 1});
  EXPECT_EQ(StatusOf(id), "");
  Send(id, "", /*ends=*/true);
  EXPECT_EQ(StatusOf(id), "0");
  EXPECT_EQ(BodyOf(id), message);
}

TEST_F(ServerCallTest, WhatTheHeadersAskForIsChecked) {
  EXPECT_THAT(Ended("/t/None", Message("x")), "12 method '/t/None' is unknown");
  EXPECT_THAT(Ended("/t/One", Message("x"), {{"grpc-timeout", "1x"}}),
              HasSubstr("3 grpc-timeout is '1x'; up to 8 digits and one of H, M, S, m, u, n"));
  const StreamId id = Open("/t/One", {{"grpc-encoding", "br"}});
  EXPECT_THAT(StatusOf(id), HasSubstr("12 grpc-encoding is 'br'; identity, gzip and deflate"));
  EXPECT_EQ(Field(id, "grpc-accept-encoding"), "identity,deflate,gzip");
  EXPECT_EQ(client_->answer(id).reset, NGHTTP2_NO_ERROR) << "the body is not waited for";
}

TEST_F(ServerCallTest, MetadataIsLimited) {
  EXPECT_EQ(Ended("/t/One", Message("x"), {{"a", std::string(500, 'b')}}), "0:x");
  EXPECT_THAT(
      Ended("/t/One", Message("x"), {{"a", std::string(500, 'b')}, {"c", std::string(500, 'd')}}),
      testing::MatchesRegex("8 the call has 1[0-9]+ bytes of metadata; up to 1000 are accepted"));
}

TEST_F(ServerCallTest, WhoDoesNotSpeakGrpcIsAnsweredInTheWordsOfHttp) {
  const StreamId posted = Open("/t/One", {{"content-type", "application/json"}});
  EXPECT_EQ(Field(posted, ":status"), "415");
  EXPECT_THAT(BodyOf(posted), HasSubstr("This port speaks gRPC"));
  EXPECT_TRUE(client_->answer(posted).is_ended);
  const StreamId got = Open("/", {{":method", "GET"}});
  EXPECT_EQ(Field(got, ":status"), "405");
  EXPECT_EQ(Field(got, "content-length"), std::to_string(BodyOf(got).size()));
}

TEST_F(ServerCallTest, CompressedMessagesAreReadWhereTheHeadersSayHow) {
  const std::string message = Message(Deflated("hello"), '\1');
  EXPECT_EQ(Ended("/t/One", message, {{"grpc-encoding", "deflate"}}), "0:hello");
  EXPECT_EQ(Ended("/t/One", Message("plain"), {{"grpc-encoding", "deflate"}}), "0:plain");
  EXPECT_THAT(Ended("/t/One", message), HasSubstr("3 a message is compressed, and grpc-encoding"));
  EXPECT_THAT(Ended("/t/One", Message("x", '\1'), {{"grpc-encoding", "gzip"}}), HasSubstr("3 "));
  const std::string bomb = Message(Deflated(std::string(60'000, 'x')), '\1');
  EXPECT_THAT(Ended("/t/One", bomb, {{"grpc-encoding", "gzip"}}), HasSubstr("8 "));
}

TEST_F(ServerCallTest, AMethodOfOneMessageTakesExactlyOne) {
  EXPECT_THAT(Ended("/t/One", ""), HasSubstr("3 the method takes one message; found none"));
  EXPECT_THAT(Ended("/t/One", Message("a") + Message("b")), HasSubstr("found more messages"));
}

TEST_F(ServerCallTest, ABodyThatEndsWithinAMessageIsRefused) {
  for (const std::size_t size : {1u, 5u, 7u}) {
    EXPECT_EQ(Ended("/t/One", Message("hello").substr(0, size)).substr(0, 35),
              "3 the call ended within a message");
  }
  EXPECT_THAT(Ended("/t/One", Message("a") + "x"), HasSubstr("ended within a message"));
}

TEST_F(ServerCallTest, ALengthBeyondTheLimitIsRefusedAtItsPrefix) {
  const StreamId id = Open("/t/One");
  Send(id, std::string("\0\x7F\xFF\xFF\xFF", 5));
  EXPECT_THAT(StatusOf(id), HasSubstr("8 the request has 2147483647 bytes; up to 50000"));
}

TEST_F(ServerCallTest, AMethodIsSentNoMoreMessagesThanItTakes) {
  client_ =
      std::make_unique<Http2TestClient>(Http2TestClient::Options{.window = 12, .reads = false});
  const StreamId id = Open("/t/Many");
  for (int i = 0; i < 10; ++i) Send(id, Message(std::to_string(i)));
  Send(id, "", /*ends=*/true);
  EXPECT_EQ(BodyOf(id), Message("0") + Message("1"));
  client_->Widen(id, 1000);
  client_->Talk(*session_);
  EXPECT_THAT(BodyOf(id), SizeIs(10 * 6));
  EXPECT_EQ(StatusOf(id), "0");
}

TEST_F(ServerCallTest, WhatAMethodDoesNotTakeIsKeptUpToTheWindowOfItsStream) {
  shared_.methods["/t/Deaf"] = [](ServerCall& call) {
    struct Deaf final : UnaryMethod {
      using UnaryMethod::UnaryMethod;
      void TakeRequest(std::string_view /*message*/, ByteBudget::Hold /*hold*/) override {}
      void Serve() override {}
      bool TakesMessages() const override { return false; }
    };
    return std::make_unique<Deaf>(call);
  };
  const StreamId id = Open("/t/Deaf");
  Send(id, std::string(60'000, '\0'));
  EXPECT_EQ(shared_.received.used(), 60'000u);
  Send(id, std::string(60'000, '\0'));
  EXPECT_THAT(StatusOf(id), HasSubstr("8 no room for"));
  EXPECT_EQ(shared_.received.used(), 0u);
}

TEST_F(ServerCallTest, AMessageWithoutRoomIsAnsweredAndTheNextIsRead) {
  const auto taken = shared_.received.TryTake(99'000);
  EXPECT_EQ(Ended("/t/Many", Message(std::string(2000, 'a')) + Message("b")),
            "0:no aaa" + Message("b"));
  EXPECT_THAT(Ended("/t/One", Message(std::string(2000, 'a'))), HasSubstr("8 no room for 2000"));
}

TEST_F(ServerCallTest, NothingIsDeliveredAfterTheEnd) {
  EXPECT_EQ(Ended("/t/Many", Message("stop") + Message("more")), "10 stopped");
  const StreamId id = Open("/t/Many");
  Send(id, Message("stop"));
  Send(id, Message("more"), /*ends=*/true);
  EXPECT_EQ(StatusOf(id), "10 stopped");
}

TEST_F(ServerCallTest, ACallThatNobodyAnswersEndsASecondAfterItsDeadline) {
  const StreamId id = Open("/t/Many", {{"grpc-timeout", "10S"}});
  Pass(seconds(11));
  EXPECT_EQ(StatusOf(id), "");
  Pass(seconds(1));
  EXPECT_THAT(StatusOf(id), "4 the deadline has passed");
  const StreamId at_once = Open("/t/Many", {{"grpc-timeout", "0n"}});
  const StreamId later = Open("/t/Many", {{"grpc-timeout", "99999999H"}});
  Pass(seconds(2));
  EXPECT_THAT(StatusOf(at_once), "4 the deadline has passed");
  EXPECT_THAT(StatusOf(later), "");
}

TEST_F(ServerCallTest, ARequestThatStopsIsNotWaitedFor) {
  const StreamId nothing = Open("/t/One");
  const StreamId half = Open("/t/Many");
  const StreamId between = Open("/t/Many");
  Send(between, Message("all"));
  Pass(seconds(30));
  Send(half, Message("hello").substr(0, 8));
  Pass(seconds(31));
  EXPECT_THAT(StatusOf(nothing), HasSubstr("4 nothing came for 60 s"));
  EXPECT_EQ(StatusOf(half), "");
  Pass(seconds(30));
  EXPECT_THAT(StatusOf(half), HasSubstr("4 nothing came for 60 s"));
  Pass(seconds(3600));
  EXPECT_EQ(StatusOf(between), "");
}

TEST_F(ServerCallTest, ALongStatusIsCutToWhatClientsTake) {
  EXPECT_EQ(Ended("/t/Long", ""), "5 " + std::string(2048, 'x'));
  const std::string accents = Ended("/t/Accents", "");
  EXPECT_EQ(accents.substr(0, 9), "5 x%C3%A9");
  EXPECT_EQ(accents.substr(accents.size() - 6), "%C3%A9");
}

}  // namespace
}  // namespace shoal
