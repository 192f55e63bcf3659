#include "http/answer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr AnswerLimits kLimits = {
    .max_head_bytes = 200, .max_header_fields = 3, .max_body_bytes = 20};

// All of `bytes`, `step` at a time, to a reader that is done then.
ReceivedAnswer Read(std::string_view bytes, std::size_t step, bool keeps_alive = true) {
  AnswerReader reader(kLimits);
  while (!bytes.empty()) {
    EXPECT_FALSE(reader.is_done());
    std::string_view some = bytes.substr(0, step);
    bytes.remove_prefix(some.size());
    EXPECT_TRUE(reader.Take(some).ok());
    EXPECT_EQ(some, "");
  }
  if (!keeps_alive) {
    EXPECT_TRUE(reader.PeerEnded().ok());
  }
  EXPECT_TRUE(reader.is_done());
  EXPECT_EQ(reader.keeps_alive(), keeps_alive);
  return reader.TakeAnswer();
}

TEST(AnswerReader, ReadsABodyOfEachFormHoweverItIsCut) {
  for (std::size_t step = 1; step < 120; ++step) {
    const ReceivedAnswer sized =
        Read("HTTP/1.1 429 Too Many\r\nA: b\r\nContent-Length: 4\r\n\r\nbody", step);
    EXPECT_EQ(sized.status, 429);
    EXPECT_EQ(sized.headers.Find("a"), "b");
    EXPECT_EQ(sized.body, "body");
    const ReceivedAnswer chunked =
        Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
             step);
    EXPECT_EQ(chunked.body, "body");
    EXPECT_EQ(Read("HTTP/1.1 200 OK\r\n\r\nbody", step, /*keeps_alive=*/false).body, "body");
  }
}

TEST(AnswerReader, AnAnswerMayHaveNoBody) {
  EXPECT_EQ(Read("HTTP/1.1 204 No Content\r\n\r\n", 1).body, "");
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1).body, "");
}

TEST(AnswerReader, WhatIsSaidBeforeTheAnswerIsPassedOver) {
  const ReceivedAnswer answer =
      Read("HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 7);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Find("a"), std::nullopt);
  EXPECT_EQ(answer.body, "x");
}

TEST(AnswerReader, LeavesWhatFollowsAndReadsTheNext) {
  AnswerReader reader(kLimits);
  std::string_view bytes =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nb";
  ASSERT_TRUE(reader.Take(bytes).ok());
  EXPECT_EQ(reader.TakeAnswer().body, "a");
  EXPECT_FALSE(reader.has_begun());
  ASSERT_TRUE(reader.Take(bytes).ok());
  EXPECT_TRUE(reader.has_begun());
  EXPECT_EQ(reader.TakeAnswer().status, 404);
}

TEST(AnswerReader, SaysWhetherTheServerTakesAnotherRequest) {
  Read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 99, false);
  Read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 99, false);
  Read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 99, true);
}

// What a reader says of bytes that it must not take.
std::string ProblemOf(const std::string& bytes) {
  AnswerReader reader(kLimits);
  std::string_view rest = bytes;
  const Status status = reader.Take(rest);
  EXPECT_EQ(status.code(), StatusCode::kInternal) << bytes;
  return status.message();
}

TEST(AnswerReader, RefusesWhatIsNoAnswer) {
  EXPECT_EQ(ProblemOf("\x15\x03\x01"), "found no answer of HTTP/1.1: a control character");
  EXPECT_THAT(ProblemOf("HTTP/2.0 200 OK\r\n\r\n"), HasSubstr("the status line is another"));
  EXPECT_THAT(ProblemOf("HTTP/1.1 2x0 OK\r\n\r\n"), HasSubstr("the status line is another"));
  EXPECT_THAT(ProblemOf("SSH-2.0-OpenSSH\r\n\r\n"), HasSubstr("the status line is another"));
  EXPECT_THAT(ProblemOf("HTTP/1.1 200 OK\r\nno field\r\n\r\n"), HasSubstr("NAME:"));
  EXPECT_THAT(ProblemOf("HTTP/1.1 101 OK\r\n\r\n"), HasSubstr("101"));
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_THAT(ProblemOf(ok + "Content-Length: x\r\n\r\n"), HasSubstr("not one number"));
  EXPECT_THAT(ProblemOf(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
              HasSubstr("not one number"));
  EXPECT_THAT(ProblemOf(ok + "Transfer-Encoding: gzip\r\n\r\n"), HasSubstr("not chunked"));
  EXPECT_THAT(ProblemOf(ok + "Transfer-Encoding: chunked\r\n\r\nx"), HasSubstr("hexadecimal"));
}

TEST(AnswerReader, ChecksLimitsBeforeItTakesMemory) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(ProblemOf(ok + "A: " + std::string(300, 'a')),
            "found an answer with more bytes of head, accepted at most 200");
  EXPECT_EQ(ProblemOf(ok + "A: a\r\nB: b\r\nC: c\r\nD: d\r\n\r\n"),
            "found an answer with more header fields, accepted at most 3");
  EXPECT_EQ(ProblemOf(ok + "Content-Length: 21\r\n\r\n"),
            "found an answer with a body of 21 bytes, accepted at most 20");
  EXPECT_THAT(ProblemOf(ok + "Content-Length: 99999999999999999999999\r\n\r\n"),
              HasSubstr("not one number"));
  EXPECT_THAT(ProblemOf(ok + "Transfer-Encoding: chunked\r\n\r\n15\r\n"),
              HasSubstr("more bytes than the accepted 20"));
  EXPECT_EQ(ProblemOf(ok + "\r\n" + std::string(21, 'b')),
            "found an answer with a larger body, accepted at most 20");
}

TEST(AnswerReader, TheEndOfAConnectionIsNoEndOfAnAnswer) {
  AnswerReader reader(kLimits);
  EXPECT_EQ(reader.PeerEnded().message(), "the connection was closed without an answer");
  std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1";
  ASSERT_TRUE(reader.Take(bytes).ok());
  EXPECT_EQ(reader.PeerEnded().ToString(),
            "UNAVAILABLE: the connection broke off within an answer");
}

}  // namespace
}  // namespace shoal
