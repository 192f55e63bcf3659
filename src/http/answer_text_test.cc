#include "http/answer_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(AnswerHead, SaysStatusHeadersAndLength) {
  EXPECT_EQ(AnswerHead({.status = 404, .headers = {{"A", "b"}}}, {.length = 12}),
            "HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 12\r\n\r\n");
}

TEST(AnswerHead, SaysHowItEnds) {
  EXPECT_EQ(AnswerHead({}, {.is_chunked = true}),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(AnswerHead({.status = 204}, {.closes = true, .says_keep_alive = true}),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(AnswerHead({}, {.length = 0, .says_keep_alive = true}),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(AnswerHead, WhatIsEchoedBeginsNoHeaderOfItsOwn) {
  EXPECT_EQ(AnswerHead({.headers = {{"A", "b\r\nC: d"}}}, {}),
            "HTTP/1.1 200 OK\r\nA: b  C: d\r\n\r\n");
}

}  // namespace
}  // namespace shoal
