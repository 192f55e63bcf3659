#include "load/http_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr HttpForm kForms[] = {HttpForm::kOpenAi, HttpForm::kOpenAiBase64, HttpForm::kTei};

std::vector<std::string> LinesOf(const HttpClientRequest& request) {
  std::vector<std::string> lines;
  for (const HttpField& field : request.headers) lines.push_back(field.name + ": " + field.value);
  return lines;
}

TEST(HttpForm, OfOpenAiAsksAsItsClientsDo) {
  const HttpClientRequest request = EmbedRequestOf(HttpForm::kOpenAi, "m", {"a\"", "b"}, {});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/embeddings");
  EXPECT_EQ(request.body, R"({"model":"m","input":["a\"","b"],"encoding_format":"float"})");
  EXPECT_EQ(request.timeout, 0ms);
  EXPECT_THAT(request.headers, IsEmpty());
  EXPECT_THAT(
      LinesOf({.headers = CommonHeaders(HttpForm::kOpenAi)}),
      ElementsAre("Content-Type: application/json", "Accept: application/json", "User-Agent: shoal",
                  "Authorization: Bearer shoal", "x-stainless-retry-count: 0"));
}

TEST(HttpForm, OfOpenAiInBase64SaysSo) {
  EXPECT_EQ(EmbedRequestOf(HttpForm::kOpenAiBase64, "m", {"a"}, {.model = "other"}).body,
            R"({"model":"other","input":["a"],"encoding_format":"base64"})");
}

TEST(HttpForm, OfTeiAsksAsItsClientsDo) {
  const HttpClientRequest request = EmbedRequestOf(HttpForm::kTei, "m", {"a", "b"}, {});
  EXPECT_EQ(request.target, "/embed");
  EXPECT_EQ(request.body, R"({"inputs":["a","b"],"truncate":true})");
  EXPECT_EQ(
      EmbedRequestOf(HttpForm::kTei, "m", {"a"}, {.prompt_name = "query", .truncate = false}).body,
      R"({"inputs":["a"],"truncate":false,"prompt_name":"query"})");
}

TEST(HttpForm, SaysTheDeadlineInItsOwnWay) {
  const auto line = [](HttpForm form, std::chrono::milliseconds timeout) {
    const HttpClientRequest request = EmbedRequestOf(form, "m", {"a"}, {.timeout = timeout});
    EXPECT_EQ(request.timeout, timeout);
    return LinesOf(request).at(0);
  };
  EXPECT_EQ(line(HttpForm::kOpenAi, 500ms), "x-stainless-read-timeout: 0.5");
  EXPECT_EQ(line(HttpForm::kOpenAi, 2000ms), "x-stainless-read-timeout: 2.0");
  EXPECT_EQ(line(HttpForm::kOpenAi, 61'007ms), "x-stainless-read-timeout: 61.007");
  EXPECT_EQ(line(HttpForm::kTei, 500ms), "x-request-timeout-ms: 500");
}

TEST(HttpForm, SaysWhoAsksAndHow) {
  for (const HttpForm form : kForms) {
    EXPECT_THAT(
        LinesOf(EmbedRequestOf(form, "m", {"a"},
                               {.request_id = "r", .priority = "bulk", .client = "elephant"})),
        ElementsAre("x-request-id: r", "x-shoal-priority: bulk", "x-shoal-client: elephant"));
  }
}

std::vector<float> FloatsOf(const EmbedReply& reply) {
  std::vector<float> floats(reply.vectors.size() / sizeof(float));
  std::memcpy(floats.data(), reply.vectors.data(), reply.vectors.size());
  return floats;
}

Result<EmbedAnswer> Read(HttpForm form, std::string body, std::size_t texts = 2) {
  ReceivedAnswer answer = {.status = 200, .headers = {}, .body = std::move(body)};
  answer.headers.Add("X-Compute-Tokens", "9");
  return EmbedAnswerOf(form, answer, texts);
}

TEST(HttpForm, ReadsVectorsOfEachForm) {
  const std::string numbers =
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-0.5]},)"
      R"({"embedding":[2e-3,0.1],"index":1}],"model":"m","usage":{"prompt_tokens":9,"total_tokens":9}})";
  const std::string base64 =
      R"({"data":[{"index":0,"embedding":"AACAPwAAAL8="},{"index":1,"embedding":"bxIDO83MzD0="}],)"
      R"("model":"m","usage":{"prompt_tokens":9}})";
  for (const auto& [form, body] : {std::pair{HttpForm::kOpenAi, numbers},
                                   {HttpForm::kOpenAiBase64, base64},
                                   {HttpForm::kTei, std::string("[[1,-0.5],[2e-3,0.1]]")}}) {
    const Result<EmbedAnswer> answer = Read(form, body);
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->reply.dim, 2);
    EXPECT_THAT(FloatsOf(answer->reply), ElementsAre(1, -0.5f, 0.002f, 0.1f));
    EXPECT_THAT(answer->reply.token_counts, ElementsAre(9, 0));
    EXPECT_EQ(answer->model, form == HttpForm::kTei ? "" : "m");
  }
}

TEST(HttpForm, RefusesAnswersThatDoNotFit) {
  const auto problem = [](HttpForm form, const std::string& body) {
    const Status status = Read(form, body).status();
    EXPECT_EQ(status.code(), StatusCode::kInternal) << body;
    return status.message();
  };
  EXPECT_EQ(problem(HttpForm::kTei, "[[1]]"),
            "found an answer that does not fit: 1 vectors for 2 texts");
  EXPECT_THAT(problem(HttpForm::kTei, "[[1],[1,2]]"), HasSubstr("vectors of 1 and 2 floats"));
  EXPECT_THAT(problem(HttpForm::kTei, "[[],[]]"), HasSubstr("vectors of 0 and 0 floats"));
  EXPECT_THAT(problem(HttpForm::kTei, "[[1],[null]]"), HasSubstr("[1][0] is null"));
  EXPECT_THAT(problem(HttpForm::kTei, "[[1],[1]"), HasSubstr("does not fit: "));
  EXPECT_THAT(problem(HttpForm::kOpenAi, "{}"), HasSubstr("0 vectors for 2 texts"));
  EXPECT_THAT(problem(HttpForm::kOpenAi, R"({"data":[{"index":1,"embedding":[1]}]})"),
              HasSubstr("data[0].index"));
  EXPECT_THAT(problem(HttpForm::kOpenAiBase64, R"({"data":[{"embedding":"AAA="}]})"),
              HasSubstr("data[0].embedding is not base64 of float32"));
}

Status Refused(int status, std::string body, const std::string& word = "") {
  ReceivedAnswer answer = {.status = status, .headers = {}, .body = std::move(body)};
  if (!word.empty()) answer.headers.Add("x-shoal-code", word);
  return EmbedAnswerOf(HttpForm::kOpenAi, answer, 1).status();
}

TEST(HttpForm, AnErrorHasTheServersWordAndItsCode) {
  EXPECT_EQ(
      Refused(429, R"({"error":{"message":"full","type":"t","param":null,"code":"overloaded"}})")
          .ToString(),
      "RESOURCE_EXHAUSTED: full");
  EXPECT_EQ(Refused(503, R"({"error":"gone","error_type":"no_workers"})").ToString(),
            "UNAVAILABLE: gone");
  EXPECT_EQ(
      Refused(400, R"({"error":{"message":"late","code":"x"}})", "deadline_exceeded").ToString(),
      "DEADLINE_EXCEEDED: late");
}

TEST(HttpForm, AnErrorWithoutAWordHasTheCodeOfItsStatus) {
  EXPECT_EQ(
      Refused(429, R"({"error":"Model is overloaded","error_type":"overloaded!"})").ToString(),
      "RESOURCE_EXHAUSTED: Model is overloaded");
  EXPECT_EQ(Refused(504, "<html>").ToString(), "DEADLINE_EXCEEDED: HTTP status 504");
  EXPECT_EQ(Refused(302, "", "ok").ToString(), "UNKNOWN: HTTP status 302");
  const std::vector<std::pair<int, StatusCode>> codes = {
      {400, StatusCode::kInvalidArgument},   {401, StatusCode::kUnauthenticated},
      {403, StatusCode::kPermissionDenied},  {404, StatusCode::kNotFound},
      {413, StatusCode::kResourceExhausted}, {422, StatusCode::kInvalidArgument},
      {424, StatusCode::kInternal},          {499, StatusCode::kCancelled},
      {500, StatusCode::kInternal},          {501, StatusCode::kUnimplemented},
      {502, StatusCode::kUnavailable},       {503, StatusCode::kUnavailable}};
  for (const auto& [status, code] : codes) EXPECT_EQ(Refused(status, "").code(), code) << status;
}

TEST(HttpForm, ReadsWhenToTryAgain) {
  const auto hint = [](int status, std::vector<HttpField> fields) {
    ReceivedAnswer answer = {.status = status, .headers = {}, .body = ""};
    for (const HttpField& field : fields) answer.headers.Add(field.name, field.value);
    return RetryAfterOf(answer).count();
  };
  EXPECT_EQ(hint(429, {{"retry-after", "2"}, {"retry-after-ms", "1250"}}), 1250);
  EXPECT_EQ(hint(503, {{"retry-after", "2"}}), 2000);
  EXPECT_EQ(hint(503, {{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"}}), 0);
  EXPECT_EQ(hint(503, {}), 0);
  EXPECT_EQ(hint(200, {{"retry-after", "2"}}), 0);
}

TEST(HttpForm, ReadsWhatAModelIs) {
  const auto info = [](HttpForm form, std::string body) {
    return InfoOf(form, {.status = 200, .headers = {}, .body = std::move(body)});
  };
  EXPECT_EQ(InfoRequestOf(HttpForm::kOpenAiBase64).target, "/v1/models");
  const auto openai = info(
      HttpForm::kOpenAi, R"({"object":"list","data":[{"id":"m","object":"model","dimensions":384,)"
                         R"("max_input_tokens":256,"precision":"bf16"},{"id":"second"}]})");
  ASSERT_TRUE(openai.ok());
  EXPECT_EQ(openai->model.name, "m");
  EXPECT_EQ(openai->model.dim, 384);
  EXPECT_EQ(openai->model.max_tokens, 256);
  EXPECT_EQ(openai->model.precision, Precision::kBf16);
  EXPECT_EQ(InfoRequestOf(HttpForm::kTei).target, "/info");
  const auto tei =
      info(HttpForm::kTei, R"({"model_id":"m","model_dtype":"float32","max_input_length":512})");
  EXPECT_EQ(tei->model.name, "m");
  EXPECT_EQ(tei->model.max_tokens, 512);
  EXPECT_EQ(tei->model.dim, 0);
  EXPECT_EQ(info(HttpForm::kOpenAi, R"({"data":[]})").status().message(),
            "found an answer that does not fit: it names no model");
}

}  // namespace
}  // namespace shoal
