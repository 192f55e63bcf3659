#include "routes/error_answer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace shoal {
namespace {

using std::chrono::milliseconds;

std::string Header(const HttpAnswer& answer, std::string_view name) {
  for (const HttpField& field : answer.headers) {
    if (field.name == name) return field.value;
  }
  return "";
}

Fault Of(Verdict verdict, milliseconds retry_after = {}) {
  return {{.verdict = verdict, .message = "why", .retry_after = retry_after}};
}

TEST(ErrorAnswer, HasTheShapeOfTheApi) {
  const auto body = [](ApiStyle style) {
    return ErrorAnswer(style, Of(Verdict::kModelNotFound)).body;
  };
  EXPECT_EQ(body(ApiStyle::kOpenAi),
            R"({"error":{"message":"why","type":"invalid_request_error","param":"model",)"
            R"("code":"model_not_found"}})");
  EXPECT_EQ(body(ApiStyle::kOllama), R"({"error":"why"})");
  EXPECT_EQ(body(ApiStyle::kKserve), R"({"error":"why"})");
  EXPECT_EQ(ErrorAnswer(ApiStyle::kTei, Of(Verdict::kOverloaded)).body,
            R"({"error":"why","error_type":"Overloaded"})");
}

TEST(ErrorAnswer, NamesTheFieldThatIsAtFault) {
  const auto body = [](Fault fault) { return ErrorAnswer(ApiStyle::kOpenAi, fault).body; };
  EXPECT_NE(body(Of(Verdict::kInputTooLong)).find(R"("param":"input")"), std::string::npos);
  EXPECT_NE(body(Of(Verdict::kInternal)).find(R"("param":null)"), std::string::npos);
  Fault fault = Of(Verdict::kInvalidRequest);
  fault.param = "dimensions";
  EXPECT_NE(body(fault).find(R"("param":"dimensions")"), std::string::npos);
}

TEST(ErrorAnswer, SaysWhetherAndWhenToTryAgain) {
  const HttpAnswer later =
      ErrorAnswer(ApiStyle::kOpenAi, Of(Verdict::kOverloaded, milliseconds(1250)));
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(Header(later, "x-shoal-code"), "overloaded");
  EXPECT_EQ(Header(later, "x-should-retry"), "true");
  EXPECT_EQ(Header(later, "retry-after-ms"), "1250");
  EXPECT_EQ(Header(later, "retry-after"), "2");
  const HttpAnswer never = ErrorAnswer(ApiStyle::kOpenAi, Of(Verdict::kDeadlineUnserviceable));
  EXPECT_EQ(never.status, 504);
  EXPECT_EQ(Header(never, "x-should-retry"), "false");
  EXPECT_EQ(Header(never, "retry-after"), "");
}

TEST(ErrorAnswer, OfTheServerItselfHasTheShapeOfThePath) {
  const HttpRefusal large{.status = 413, .message = "too large"};
  HttpRequest head{.path = "/v1/embeddings"};
  EXPECT_EQ(ErrorAnswer(large, &head).body,
            R"({"error":{"message":"too large","type":"invalid_request_error","param":null,)"
            R"("code":"payload_too_large"}})");
  head.path = "/api/embed";
  EXPECT_EQ(ErrorAnswer(large, &head).body, R"({"error":"too large"})");
  const HttpAnswer full = ErrorAnswer({.status = 429, .message = "no room"}, nullptr);
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(Header(full, "retry-after-ms"), "250");
}

TEST(StyleOfPath, IsThatOfTheApiThatThePathBelongsTo) {
  const std::map<std::string_view, ApiStyle> expected = {{"/v1/embeddings", ApiStyle::kOpenAi},
                                                         {"/nope", ApiStyle::kOpenAi},
                                                         {"/embed", ApiStyle::kTei},
                                                         {"/", ApiStyle::kTei},
                                                         {"/rerank", ApiStyle::kTei},
                                                         {"/api/embed", ApiStyle::kOllama},
                                                         {"/api", ApiStyle::kOllama},
                                                         {"/apis", ApiStyle::kOpenAi},
                                                         {"/v2/health/live", ApiStyle::kKserve}};
  for (const auto& [path, style] : expected) EXPECT_EQ(StyleOfPath(path), style) << path;
}

}  // namespace
}  // namespace shoal
