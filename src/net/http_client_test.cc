#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "net/test_server.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Answer {
  Status status;
  HttpHead head;
  std::string body;
};

Answer Get(const HttpGetRequest& request, const HttpClientOptions& options = {}) {
  Answer answer;
  answer.status = HttpGet(request,
                          {.on_head =
                               [&](const HttpHead& head) {
                                 answer.head = head;
                                 return Status();
                               },
                           .on_body =
                               [&](std::string_view bytes) {
                                 answer.body += bytes;
                                 return Status();
                               }},
                          options);
  return answer;
}

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(HttpGet, StreamsTheBody) {
  const std::string body(300'000, 'b');
  TestServer server([&](const std::string&) { return Ok(body); });
  const Answer answer = Get({.url = server.url() + "/x?y"});
  ASSERT_TRUE(answer.status.ok()) << answer.status.message();
  EXPECT_EQ(answer.head.status, 200);
  EXPECT_EQ(answer.head.content_length, body.size());
  EXPECT_EQ(answer.head.etag, "\"v1\"");
  EXPECT_EQ(answer.body, body);
}

TEST(HttpGet, ReadsChunkedBodiesAndOtherStatuses) {
  TestServer server([](const std::string&) -> std::string {
    return "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: "
           "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  });
  const Answer answer = Get({.url = server.url()});
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.head.status, 404);
  EXPECT_EQ(answer.head.content_length, std::nullopt);
  EXPECT_EQ(answer.body, "abcde");
}

TEST(HttpGet, EndsWhenItIsToldToStop) {
  TestServer server([](const std::string&) { return std::string(); });  // stays silent
  int asked = 0;
  const auto stop = [&asked] { return ++asked == 2; };
  EXPECT_EQ(Get({.url = server.url()}, {.stop = stop}).status.code(), StatusCode::kCancelled);
  EXPECT_EQ(asked, 2);
}

TEST(HttpPost, SendsAnEmptyBodyAndFollowsNoRedirect) {
  std::string seen;
  std::string says = Ok("done");
  TestServer server([&](const std::string& request) {
    seen = request;
    return says;
  });
  std::string body;
  const HttpSink sink{.on_head = [](const HttpHead&) { return Status(); },
                      .on_body =
                          [&body](std::string_view bytes) {
                            body += bytes;
                            return Status();
                          }};
  const HttpGetRequest request{.url = server.url() + "/x", .authorization = "Bearer t"};
  EXPECT_TRUE(HttpPost(request, sink).ok());
  EXPECT_EQ(body, "done");
  EXPECT_THAT(seen, HasSubstr("POST /x HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer t\r\n"));
  says = "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(HttpPost(request, sink).code(), StatusCode::kFailedPrecondition);
}

TEST(HttpGet, AsksForARangeAndForAuthorization) {
  std::string seen;
  {
    TestServer server([&](const std::string& request) {
      seen = request;
      return Ok("");
    });
    EXPECT_TRUE(Get({.url = server.url() + "/f",
                     .authorization = "Bearer t",
                     .first_byte = 7,
                     .if_range = "\"v1\""})
                    .status.ok());
  }
  EXPECT_THAT(seen, HasSubstr("GET /f HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Range: bytes=7-\r\n"));
  EXPECT_THAT(seen, HasSubstr("If-Range: \"v1\"\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer t\r\n"));
}

TEST(HttpGet, FollowsRedirectsAndDropsTheTokenWhereTheyLeaveTheOrigin) {
  std::string inside;
  std::string outside;
  {
    TestServer other([&](const std::string& request) {
      outside = request;
      return Ok("there");
    });
    TestServer server([&](const std::string& request) -> std::string {
      const bool first = request.starts_with("GET /a ");
      if (!first) inside = request;
      return "HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: " +
             (first ? "/b" : other.url() + "/c") + "\r\n\r\nno";
    });
    const Answer answer = Get({.url = server.url() + "/a", .authorization = "Bearer t"});
    EXPECT_TRUE(answer.status.ok()) << answer.status.message();
    EXPECT_EQ(answer.body, "there");
  }
  EXPECT_THAT(inside, HasSubstr("GET /b HTTP/1.1\r\n"));
  EXPECT_THAT(inside, HasSubstr("Authorization: Bearer t"));
  EXPECT_THAT(outside, HasSubstr("GET /c HTTP/1.1\r\n"));
  EXPECT_THAT(outside, Not(HasSubstr("Authorization")));
}

TEST(HttpGet, EndsALoopOfRedirects) {
  int requests = 0;
  {
    TestServer server([&](const std::string&) -> std::string {
      ++requests;
      return "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n";
    });
    const Status status = Get({.url = server.url()}).status;
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), HasSubstr("more than 5 redirects"));
  }
  EXPECT_EQ(requests, 6);
}

TEST(HttpGet, SaysThatABodyBrokeOffAfterHandingOverWhatCame) {
  TestServer server([](const std::string&) -> std::string {
    return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  });
  const Answer answer = Get({.url = server.url()});
  EXPECT_EQ(answer.status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.status.message(), HasSubstr("broke off"));
  EXPECT_EQ(answer.body, "half");
}

TEST(HttpGet, RefusesWhatIsNotHttpAndHeadersWithoutEnd) {
  TestServer noise([](const std::string&) -> std::string { return "SSH-2.0-nope\r\n\r\n"; });
  EXPECT_EQ(Get({.url = noise.url()}).status.code(), StatusCode::kInvalidArgument);
  TestServer endless([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n";
  });
  EXPECT_THAT(Get({.url = endless.url()}).status.message(), HasSubstr("header limit"));
}

TEST(HttpGet, GivesUpOnAServerThatSaysNothing) {
  TestServer server([](const std::string&) -> std::string { return ""; });
  EXPECT_EQ(
      Get({.url = server.url()}, {.idle_timeout = std::chrono::milliseconds(50)}).status.code(),
      StatusCode::kDeadlineExceeded);
}

TEST(HttpGet, AnErrorOfTheSinkEndsIt) {
  TestServer server([](const std::string&) { return Ok("body"); });
  const Status status = HttpGet(
      {.url = server.url()}, {.on_head = [](const HttpHead&) { return Status(); },
                              .on_body = [](std::string_view) { return DataLossError("full"); }});
  EXPECT_EQ(status.ToString(), "DATA_LOSS: full");
}

TEST(HttpGet, NobodyListeningIsUnavailable) {
  std::string url;
  {
    TestServer server([](const std::string&) -> std::string { return ""; });
    url = server.url();
  }
  EXPECT_EQ(Get({.url = url}).status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(Get({.url = "gopher://x"}).status.code(), StatusCode::kInvalidArgument);
}

TEST(HttpGet, HavingNoDescriptorLeftIsNoFaultOfTheServer) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "UBSan looks at a thrown object through a pipe, for which nothing is left";
#endif
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  Status status;
  for (rlim_t open_files = 0; status.code() != StatusCode::kUnavailable; ++open_files) {
    const rlimit few{.rlim_cur = open_files, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    status = Get({.url = "http://127.0.0.1:1"}).status;
    setrlimit(RLIMIT_NOFILE, &before);
    const bool short_of = status.message().find("Too many open files") != std::string::npos;
    EXPECT_EQ(short_of, status.code() == StatusCode::kResourceExhausted) << status.message();
    EXPECT_TRUE(short_of || open_files > 0);
  }
}

TEST(HttpGet, GivesUpOnATlsHandshakeThatIsNotAnswered) {
  TestServer server([](const std::string&) { return Ok("plain"); });
  const Answer answer = Get({.url = "https" + server.url().substr(4)},
                            {.connect_timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(answer.status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(answer.body, "");
}

}  // namespace
}  // namespace shoal
