#include "http/request_head.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

struct Target {
  std::string path, query, host;
  bool operator==(const Target&) const = default;
};

std::optional<Target> Read(std::string_view target) {
  HttpRequest request;
  if (ReadTarget(target, request)) return std::nullopt;
  return Target{request.path, request.query,
                std::string(request.headers.Find("host").value_or(""))};
}

TEST(ReadTarget, SplitsPathAndQueryAndDecodesNothing) {
  EXPECT_EQ(Read("/v1/a%2Fb?x=1?&y"), (Target{"/v1/a%2Fb", "x=1?&y", ""}));
  EXPECT_EQ(Read("/"), (Target{"/", "", ""}));
}

TEST(ReadTarget, TakesTheHostOfTheAbsoluteForm) {
  EXPECT_EQ(Read("HTTP://h:80/p?q"), (Target{"/p", "q", "h:80"}));
  EXPECT_EQ(Read("http://[::1]"), (Target{"/", "", "[::1]"}));
  EXPECT_EQ(Read("https://h?q=/"), (Target{"/", "q=/", "h"}));
}

TEST(ReadTarget, RefusesOtherForms) {
  for (const char* target : {"*", "h:443", "path", "", "ftp://h/", "http://", "http:///p", "/a#b",
                             "http://user@h/", "http://h,i/"}) {
    EXPECT_EQ(Read(target), std::nullopt) << target;
  }
}

int StatusOf(std::vector<HttpField> fields, bool is_http11 = true) {
  HttpRequest head;
  for (const HttpField& field : fields) head.headers.Add(field.name, field.value);
  const auto refusal = CheckHead(head, is_http11);
  return refusal ? refusal->status : 200;
}

TEST(CheckHead, WantsOneHost) {
  EXPECT_EQ(StatusOf({{"Host", "a.b:80"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", ""}}), 200);
  EXPECT_EQ(StatusOf({}), 400);
  EXPECT_EQ(StatusOf({}, false), 200);
  EXPECT_EQ(StatusOf({{"Host", "a"}, {"host", "a"}}), 400);
  EXPECT_EQ(StatusOf({{"Host", "a"}, {"host", "a"}}, false), 400);
  EXPECT_EQ(StatusOf({{"Host", "a/b"}}), 400);
}

TEST(CheckHead, WantsOneFraming) {
  const HttpField host = {"Host", "a"};
  EXPECT_EQ(StatusOf({host, {"Content-Length", "5"}}), 200);
  EXPECT_EQ(StatusOf({host, {"Content-Length", "5"}, {"Content-Length", "5"}}), 400);
  EXPECT_EQ(StatusOf({host, {"Content-Length", "+5"}}), 400);
  EXPECT_EQ(StatusOf({host, {"Content-Length", ""}}), 400);
  EXPECT_EQ(StatusOf({host, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(StatusOf({host, {"Transfer-Encoding", "Chunked"}}), 200);
  EXPECT_EQ(StatusOf({host, {"Transfer-Encoding", "xchunked"}}), 501);
  EXPECT_EQ(StatusOf({host, {"Transfer-Encoding", "chunked, identity"}}), 501);
  EXPECT_EQ(StatusOf({host, {"Transfer-Encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(StatusOf({host, {"Transfer-Encoding", "chunked"}}, false), 400);
}

TEST(CheckHead, KnowsOneExpectation) {
  EXPECT_EQ(StatusOf({{"Host", "a"}, {"Expect", "100-Continue"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "a"}, {"Expect", "200-ok"}}), 417);
  EXPECT_EQ(StatusOf({{"Expect", "200-ok"}}, false), 200);
}

}  // namespace
}  // namespace shoal
