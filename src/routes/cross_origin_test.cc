#include "routes/cross_origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::Contains;
using testing::IsEmpty;

const std::vector<std::string> kOne = {"https://a.example"};

HttpRequest From(std::string_view origin, std::string_view method = "POST") {
  HttpRequest request{.method = std::string(method), .path = "/v1/embeddings"};
  if (!origin.empty()) request.headers.Add("origin", origin);
  return request;
}

std::vector<std::string> HeadersFor(std::string_view origin,
                                    const std::vector<std::string>& allowed) {
  std::vector<std::string> lines;
  for (const HttpField& field : CrossOriginHeaders(From(origin).headers, allowed)) {
    lines.push_back(field.name + ": " + field.value);
  }
  return lines;
}

TEST(CrossOriginHeaders, AnAllowedPageMayReadTheAnswer) {
  EXPECT_THAT(HeadersFor("https://a.example", kOne),
              Contains("Access-Control-Allow-Origin: https://a.example"));
  EXPECT_THAT(HeadersFor("https://b.example", {"*"}), Contains("Access-Control-Allow-Origin: *"));
}

TEST(CrossOriginHeaders, OthersMayNot) {
  EXPECT_THAT(HeadersFor("https://b.example", kOne), testing::ElementsAre("Vary: Origin"));
  EXPECT_THAT(HeadersFor("https://a.example.evil", kOne), testing::ElementsAre("Vary: Origin"));
  EXPECT_THAT(HeadersFor("https://a.example", {}), IsEmpty());
  EXPECT_THAT(HeadersFor("", kOne), IsEmpty());
}

TEST(PreflightAnswer, AllowsTheMethodsOfThePathAndTheHeadersThatAreAskedFor) {
  HttpRequest request = From("https://a.example", "OPTIONS");
  EXPECT_FALSE(PreflightAnswer(request, "POST", kOne)) << "asks for nothing";
  request.headers.Add("access-control-request-method", "POST");
  request.headers.Add("access-control-request-headers", "authorization, x-stainless-lang");
  const auto answer = PreflightAnswer(request, "POST", kOne);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  std::vector<std::string> lines;
  for (const HttpField& field : answer->headers) lines.push_back(field.name + ": " + field.value);
  EXPECT_THAT(lines, Contains("Access-Control-Allow-Methods: POST"));
  EXPECT_THAT(lines, Contains("Access-Control-Allow-Headers: authorization, x-stainless-lang"));
  EXPECT_FALSE(PreflightAnswer(request, "", kOne)) << "no such path";
  EXPECT_FALSE(PreflightAnswer(request, "POST", {"https://b.example"}));
  EXPECT_FALSE(PreflightAnswer(request, "POST", {}));
}

}  // namespace
}  // namespace shoal
