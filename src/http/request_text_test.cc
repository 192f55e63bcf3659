#include "http/request_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const std::string kCommon = CommonLines({.host = "::1", .port = 80}, {{.name = "a", .value = "b"}});

TEST(RequestText, HasTheLinesOfAllTheOwnAndTheBody) {
  EXPECT_EQ(
      RequestText({.method = "POST",
                   .target = "/embed?x",
                   .headers = {{.name = "c", .value = "d"}},
                   .body = "{}"},
                  kCommon),
      "POST /embed?x HTTP/1.1\r\nHost: [::1]:80\r\na: b\r\nc: d\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(RequestText, OfAGetSaysNothingOfABody) {
  EXPECT_EQ(RequestText({}, kCommon), "GET / HTTP/1.1\r\nHost: [::1]:80\r\na: b\r\n\r\n");
}

TEST(RequestText, AValueCannotBeginALine) {
  EXPECT_EQ(RequestText({.headers = {{.name = "c", .value = "d\r\ne: f"}}}, ""),
            "GET / HTTP/1.1\r\nc: d  e: f\r\n\r\n");
}

}  // namespace
}  // namespace shoal
