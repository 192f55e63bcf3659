#include "routes/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "http/http_session.h"

namespace shoal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Answers at once, unless it is told to wait: the vector of the i-th text is (2i, 0), and it has
// i + 2 tokens.
class FakeHandler final : public EmbedHandler, public TokenizeHandler {
 public:
  CallId NewCallId() override { return ++last_id; }
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override {
    requests.push_back(std::move(request));
    if (refusal) return refusal;
    if (waits) {
      waiting[id] = &sink;
    } else {
      sink.Finish(Reply(requests.back().texts.size()),
                  {.timing = {.queue_us = 1000, .compute_us = 2000, .total_us = 3500}});
    }
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    cancelled.push_back(id);
    if (const auto sink = waiting.extract(id)) {
      sink.mapped()->Finish(Refusal{.verdict = Verdict::kCancelled}, {});
    }
  }
  ServiceInfo Info() override { return {}; }
  std::optional<Refusal> Tokenize(TokenizeRequest request, Done done) override {
    asked = std::move(request);
    tell = std::move(done);
    return refusal;
  }

  EmbedReply Reply(std::size_t texts) const {
    EmbedReply reply{.dim = dim};
    for (std::size_t i = 0; i < texts; ++i) {
      std::vector<float> vector(static_cast<std::size_t>(dim));
      vector[0] = static_cast<float>(2 * i);
      reply.vectors.append(reinterpret_cast<const char*>(vector.data()),
                           vector.size() * sizeof(float));
      reply.token_counts.push_back(static_cast<std::uint32_t>(i + 2));
    }
    return reply;
  }

  CallId last_id = 0;
  int dim = 2;
  bool waits = false;
  std::optional<Refusal> refusal;
  std::vector<EmbedRequest> requests;
  std::vector<CallId> cancelled;
  std::map<CallId, ReplySink*> waiting;
  TokenizeRequest asked;
  Done tell;
};

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() { Serve({}); }

  void Serve(ModelInfo model) {
    session_.reset();
    model.name = "all-MiniLM-L6-v2";
    model.digest = "d1";
    model.dim = handler_.dim;
    model.max_tokens = 256;
    context_.reset(new RouteContext{.clock = clock_,
                                    .handler = handler_,
                                    .tokenizer = handler_,
                                    .limits = {},
                                    .model = model,
                                    .names = ModelNames(model.name, {"mine"}),
                                    .version = "1.2.3",
                                    .auto_truncate = false,
                                    .received = received_,
                                    .pending = {.handler = handler_},
                                    .request_ids = RequestIds(1),
                                    .reports = {.clock = clock_}});
    routes_ = std::make_unique<Routes>(Routes::Options{.is_ready = [this] { return is_ready_; }},
                                       *context_);
    options_ = routes_->Serve();
    session_ = std::make_unique<HttpSession>(
        options_, "ipv4:10.0.0.1:5", [] {}, unsent_);
  }

  std::string Output() {
    std::string output;
    while (session_->TakeOutput(output, SIZE_MAX)) {
    }
    return output;
  }
  std::string Say(std::string_view line, std::string_view headers = "") {
    session_->Receive(std::string(line) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
                      "\r\n");
    return Output();
  }
  std::string Post(std::string_view path, std::string_view body, std::string_view headers = "") {
    session_->Receive("POST " + std::string(path) +
                      " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\n" + std::string(headers) + "\r\n" + std::string(body));
    return Output();
  }
  // "200 {...}": the status and the body.
  static std::string Brief(const std::string& answer) {
    return answer.substr(9, 4) + answer.substr(answer.find("\r\n\r\n") + 4);
  }
  std::string Get(std::string_view path) { return Brief(Say("GET " + std::string(path))); }

  ManualClock clock_;
  FakeHandler handler_;
  ByteBudget received_{1 << 30};
  bool is_ready_ = true;
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<Routes> routes_;
  HttpSession::Options options_;
  std::size_t unsent_ = 0;
  std::unique_ptr<HttpSession> session_;
};

TEST_F(RoutesTest, OpenAiEmbeds) {
  EXPECT_EQ(Brief(Post("/v1/embeddings", R"({"model":"mine","input":["a","b"]})")),
            R"(200 {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0,0]},)"
            R"({"object":"embedding","index":1,"embedding":[2,0]}],"model":"all-MiniLM-L6-v2",)"
            R"("usage":{"prompt_tokens":5,"total_tokens":5,"truncated_inputs":0}})");
  EXPECT_THAT(Get("/v1/models/mine"), StartsWith(R"(200 {"id":"mine",)"));
  EXPECT_THAT(Get("/v1/models/x"), StartsWith("404 {\"error\":{\"message\":\"model 'x' is not"));
}

TEST_F(RoutesTest, TeiEmbeds) {
  for (const char* path : {"/embed", "/"}) {
    const std::string answer = Post(path, R"({"inputs":["ä","b"],"normalize":false})");
    EXPECT_EQ(Brief(answer), "200 [[0,0],[2,0]]");
    EXPECT_THAT(answer,
                AllOf(HasSubstr("x-compute-characters: 2\r\n"),
                      HasSubstr("x-compute-tokens: 5\r\n"), HasSubstr("x-inference-time: 2\r\n"),
                      HasSubstr("Content-Type: application/json\r\n")));
  }
  EXPECT_EQ(handler_.requests.back().texts_name, "inputs");
  EXPECT_FALSE(handler_.requests.back().truncate) << "as the server does by itself";
}

TEST_F(RoutesTest, TeiScalesWhatTheModelDoesNot) {
  EXPECT_EQ(Brief(Post("/embed", R"({"inputs":["a","b","c"]})")), "200 [[0,0],[1,0],[1,0]]");
  Serve({.normalized = true});
  EXPECT_EQ(Brief(Post("/embed", R"({"inputs":["a","b"]})")), "200 [[0,0],[2,0]]")
      << "the model's vectors are not touched";
  EXPECT_EQ(Brief(Post("/embed", R"({"inputs":["a","b"],"normalize":false})")),
            "200 [[0,0],[2,0]]");
}

TEST_F(RoutesTest, TeiComparesSentences) {
  const std::string body = R"({"inputs":{"source_sentence":"s","sentences":["a","b"]}})";
  EXPECT_EQ(Brief(Post("/similarity", body)), "200 [0,1]");
  EXPECT_THAT(handler_.requests.back().texts, ElementsAre("a", "b", "s"));
  handler_.refusal = {.verdict = Verdict::kInputTooLong,
                      .message = "inputs.sentences[2] has 300 tokens"};
  EXPECT_EQ(Brief(Post("/similarity", body)),
            R"(422 {"error":"inputs.source_sentence has 300 tokens","error_type":"Validation"})");
  handler_.refusal->message = "inputs.sentences[1] has 300 tokens";
  EXPECT_THAT(Post("/similarity", body), HasSubstr("\"inputs.sentences[1] has 300 tokens"));
}

TEST_F(RoutesTest, TeiTokenizes) {
  EXPECT_EQ(Post("/tokenize", R"({"inputs":"a"})"), "");
  EXPECT_EQ(handler_.asked.texts_name, "inputs");
  handler_.tell(
      TokenizeReply{.texts = {{.text = "a", .tokens = {{.id = 7, .begin = 0, .end = 1}}}}});
  EXPECT_EQ(Brief(Output()), R"(200 [[{"id":7,"text":"a","special":false,"start":0,"stop":1}]])");
  Post("/tokenize", R"({"inputs":"a"})");
  handler_.tell(Refusal{.verdict = Verdict::kReplyTooLarge, .message = "many"});
  EXPECT_EQ(Brief(Output()), R"(413 {"error":"many","error_type":"Validation"})");
  handler_.refusal = {.verdict = Verdict::kUnknownPrompt, .message = "which"};
  EXPECT_EQ(Brief(Post("/tokenize", R"({"inputs":"a","prompt_name":"x"})")),
            R"(422 {"error":"which","error_type":"Validation"})");
}

TEST_F(RoutesTest, TokensForWhoHasGoneAreForNobody) {
  const std::size_t most = std::size_t{1} << 30;
  EXPECT_EQ(Post("/tokenize", R"({"inputs":"a"})"), "");
  session_.reset();
  ByteBudget::Hold hold;
  EXPECT_FALSE(received_.TryGrow(hold, most)) << "the request is there until it is answered";
  handler_.tell(TokenizeReply{.texts = {{.text = "a"}}});
  EXPECT_TRUE(received_.TryGrow(hold, most));
}

TEST_F(RoutesTest, TeiTellsOfItself) {
  EXPECT_EQ(
      Get("/info"),
      R"(200 {"model_id":"all-MiniLM-L6-v2","model_sha":null,"model_dtype":"float32",)"
      R"("served_model_name":"all-MiniLM-L6-v2","model_type":{"embedding":{"pooling":"mean"}},)"
      R"("max_concurrent_requests":1024,"max_input_length":256,"max_batch_tokens":524288,)"
      R"("max_batch_requests":null,"max_client_batch_size":2048,"auto_truncate":false,)"
      R"("tokenization_workers":1,"version":"1.2.3","sha":null,"docker_label":null})");
  EXPECT_EQ(Get("/health"), "200 ");
  is_ready_ = false;
  EXPECT_EQ(Get("/health"), R"(503 {"error":"no worker serves, or the server is shutting down",)"
                            R"("error_type":"Unhealthy"})");
}

TEST_F(RoutesTest, TeiRefusesInItsOwnWords) {
  const std::tuple<const char*, const char*> cases[] = {
      {R"({"inputs":[]})", R"(400 {"error":"inputs is empty; 1 to 2048 are accepted",)"
                           R"("error_type":"Empty"})"},
      {R"({"inputs":[true]})",
       R"(422 {"error":"inputs[0] is a boolean, expected a string","error_type":"Validation"})"},
      {R"({"inputs":"a","dimensions":1})",
       R"(422 {"error":"dimensions is 1; the vectors of 'all-MiniLM-L6-v2' have 2 and cannot be )"
       R"(shortened","error_type":"Validation"})"}};
  for (const auto& [body, answer] : cases) EXPECT_EQ(Brief(Post("/embed", body)), answer);
  EXPECT_THAT(Brief(Post("/embed", "{")),
              AllOf(StartsWith("400 {\"error\""), EndsWith("\"error_type\":\"Validation\"}")));
}

TEST_F(RoutesTest, OllamaEmbeds) {
  EXPECT_EQ(Brief(Post("/api/embed", R"({"model":"all-minilm:latest","input":["a","b"]})")),
            R"(200 {"model":"all-minilm:latest","embeddings":[[0,0],[1,0]],)"
            R"("total_duration":3500000,"load_duration":0,"prompt_eval_count":5})");
  EXPECT_TRUE(handler_.requests.back().truncate);
  EXPECT_EQ(Brief(Post("/api/embed", R"({"model":"mine","input":[]})")),
            R"(200 {"model":"mine","embeddings":[]})");
  EXPECT_EQ(Brief(Post("/api/embeddings", R"({"model":"mine:latest","prompt":"a"})")),
            R"(200 {"embedding":[0,0]})");
  EXPECT_EQ(Brief(Post("/api/embeddings", R"({"model":"mine"})")), R"(200 {"embedding":[]})");
  EXPECT_EQ(handler_.requests.size(), 2u) << "no vector is asked of nobody";
}

TEST_F(RoutesTest, OllamaTellsOfItsModel) {
  EXPECT_THAT(Get("/api/tags"),
              AllOf(StartsWith(R"(200 {"models":[{"name":"all-MiniLM-L6-v2","model":"all-MiniLM)"),
                    HasSubstr(R"("digest":"d1")"), HasSubstr(R"({"name":"mine",)"),
                    HasSubstr(R"({"name":"all-minilm:latest",)"),
                    HasSubstr(R"("quantization_level":"F32")")));
  EXPECT_THAT(Get("/api/ps"), HasSubstr(R"("context_length":256})"));
  EXPECT_EQ(Get("/api/version"), R"(200 {"version":"1.2.3"})");
  for (const char* body : {R"({"model":"mine"})", R"({"name":"all-minilm"})"}) {
    EXPECT_THAT(Brief(Post("/api/show", body)),
                AllOf(StartsWith("200 "), HasSubstr(R"("bert.embedding_length":2)"),
                      HasSubstr(R"("capabilities":["embedding"])")));
  }
}

TEST_F(RoutesTest, OllamaRefusesInItsOwnWords) {
  for (const char* path : {"/api/embed", "/api/embeddings", "/api/show"}) {
    EXPECT_THAT(Brief(Post(path, R"({"model":"llama3"})")),
                AllOf(StartsWith(R"(404 {"error":"model 'llama3' not found; served here: 'all-)"),
                      EndsWith("names\"}")));
  }
  EXPECT_EQ(Brief(Post("/api/embed", R"({"input":7})")),
            R"(400 {"error":"input is a number, expected a string or an array of strings"})");
  handler_.refusal = {.verdict = Verdict::kOverloaded, .message = "full"};
  EXPECT_EQ(Brief(Post("/api/embed", R"({"input":"a"})")), R"(429 {"error":"full"})");
}

TEST_F(RoutesTest, KserveTellsOfServerAndModel) {
  EXPECT_EQ(Get("/v2"), R"(200 {"name":"shoal","version":"1.2.3","extensions":[]})");
  EXPECT_EQ(Get("/v2/models/sentence-transformers%2Fall-MiniLM-L6-v2"),
            R"(200 {"name":"sentence-transformers/all-MiniLM-L6-v2","versions":["1"],)"
            R"("platform":"shoal",)"
            R"("inputs":[{"name":"text","datatype":"BYTES","shape":[-1]}],)"
            R"("outputs":[{"name":"embedding","datatype":"FP32","shape":[-1,2]}]})");
  EXPECT_THAT(Get("/v2/models/x"), StartsWith("404 {\"error\":\"model 'x' is not served here"));
  EXPECT_THAT(Get("/v2/models/x/ready"), StartsWith("404 {\"error\":\"model 'x' is not"));
}

TEST_F(RoutesTest, ReadinessIsSaidInEachApi) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"/v2/health/ready", R"(200 {"ready":true})", R"(503 {"ready":false})"},
      {"/v2/models/mine/ready", R"(200 {"name":"mine","ready":true})",
       R"(503 {"name":"mine","ready":false})"},
      {"/healthz/ready", R"(200 {"status":"ready"})",
       R"(503 {"status":"not ready","reason":"no worker serves, or the server is shutting down"})"},
      {"/v2/health/live", R"(200 {"live":true})", R"(200 {"live":true})"},
      {"/healthz/live", R"(200 {"status":"live"})", R"(200 {"status":"live"})"}};
  for (const auto& [path, ready, not_ready] : cases) {
    is_ready_ = true;
    EXPECT_EQ(Get(path), ready);
    is_ready_ = false;
    EXPECT_EQ(Get(path), not_ready);
  }
}

TEST_F(RoutesTest, RefusalsOfTheHandlerHaveTheShapeAndStatusOfTheApi) {
  struct Api {
    const char* path;
    const char* body;
    const char* error;  // behind the status
  };
  const Api apis[] = {
      {"/v1/embeddings", R"({"input":"a"})", R"({"error":{"message":"why","type":")"},
      {"/embed", R"({"inputs":"a"})", R"({"error":"why","error_type":")"},
      {"/api/embed", R"({"input":"a"})", R"({"error":"why"})"}};
  struct Row {
    Verdict verdict;
    int statuses[3];
    const char* tei_type;
  };
  const Row rows[] = {{Verdict::kInputTooLong, {400, 422, 400}, "Validation"},
                      {Verdict::kUnknownPrompt, {400, 422, 400}, "Validation"},
                      {Verdict::kReplyTooLarge, {413, 413, 413}, "Validation"},
                      {Verdict::kOverloaded, {429, 429, 429}, "Overloaded"},
                      {Verdict::kRateLimited, {429, 429, 429}, "Overloaded"},
                      {Verdict::kNoWorkers, {503, 503, 503}, "Unhealthy"},
                      {Verdict::kDraining, {503, 503, 503}, "Unhealthy"},
                      {Verdict::kAttemptsExhausted, {503, 503, 503}, "Backend"},
                      {Verdict::kDeadlineExceeded, {504, 504, 504}, "Backend"},
                      {Verdict::kInternal, {500, 500, 500}, "Backend"}};
  for (const Row& row : rows) {
    handler_.refusal = {.verdict = row.verdict, .message = "why"};
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string answer = Post(apis[i].path, apis[i].body);
      EXPECT_THAT(Brief(answer), StartsWith(std::to_string(row.statuses[i]) + " " + apis[i].error));
      EXPECT_THAT(answer, HasSubstr("x-shoal-code: " + std::string(Name(row.verdict)) + "\r\n"));
    }
    EXPECT_THAT(Post("/embed", R"({"inputs":"a"})"),
                EndsWith("\"error_type\":\"" + std::string(row.tei_type) + "\"}"));
  }
}

TEST_F(RoutesTest, WhatIsNoRouteIsSaidInTheShapeOfItsApi) {
  EXPECT_THAT(Get("/nothing"), StartsWith(R"(404 {"error":{"message":"found GET /nothing, which)"));
  EXPECT_THAT(Get("/api/nothing"), AllOf(StartsWith(R"(404 {"error":"found GET /api/nothing,)"),
                                         Not(HasSubstr("error_type"))));
  EXPECT_THAT(Get("/v2/nothing"), StartsWith(R"(404 {"error":"found GET /v2/nothing,)"));
  for (const char* path : {"/rerank", "/predict", "/embed_sparse", "/embed_all", "/decode"}) {
    const std::string answer = Say("POST " + std::string(path), "Content-Length: 0\r\n");
    EXPECT_THAT(Brief(answer), AllOf(StartsWith("404 {\"error\":\"found POST " + std::string(path)),
                                     HasSubstr("one vector per text"), HasSubstr("error_type")));
  }
  EXPECT_THAT(Say("POST /api/chat", "Content-Length: 0\r\n"), HasSubstr("POST /api/embed"));
  EXPECT_THAT(Brief(Say("POST /v2/models/mine/infer", "Content-Length: 0\r\n")),
              AllOf(StartsWith("404 "), HasSubstr("POST /v1/embeddings makes vectors")));
}

TEST_F(RoutesTest, OtherMethodsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {{"GET /embed", "POST"},
                                                       {"GET /", "POST"},
                                                       {"DELETE /health", "GET, HEAD"},
                                                       {"GET /api/embed", "POST"},
                                                       {"PUT /v2/models/mine", "GET, HEAD"},
                                                       {"PUT /healthz/ready", "GET, HEAD"}};
  for (const auto& [line, allowed] : cases) {
    const std::string answer = Say(line);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << line;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: " + std::string(allowed) + "\r\n")) << line;
    EXPECT_THAT(answer, HasSubstr("x-shoal-code: method_not_allowed\r\n")) << line;
  }
}

TEST_F(RoutesTest, HeadIsGetWithoutBody) {
  for (const char* path : {"/health", "/info", "/api/tags", "/api/version", "/v2", "/v1/models",
                           "/v2/health/live", "/healthz/ready"}) {
    const std::string answer = Say("HEAD " + std::string(path));
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n"))) << path;
  }
}

TEST_F(RoutesTest, ARequestIdIsSaidBackWhateverTheAnswer) {
  const std::string id = "x-request-id: r-1\r\n";
  EXPECT_THAT(Post("/embed", R"({"inputs":"a"})", id), HasSubstr(id));
  EXPECT_EQ(handler_.requests.back().request_id, "r-1");
  EXPECT_THAT(Post("/embed", R"({"inputs":[]})", id), HasSubstr(id));
  EXPECT_THAT(Say("GET /api/tags", id), HasSubstr(id));
  EXPECT_THAT(Say("GET /nothing", id), HasSubstr(id));
  EXPECT_THAT(Post("/embed", R"({"inputs":"a"})"), HasSubstr("x-request-id: "))
      << "one is made where none came";
}

TEST_F(RoutesTest, ACallIsInTheTraceThatItBroughtAndItsAnswerSaysTheServersSpan) {
  constexpr char kHeader[] =
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
  const std::string begins = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-";
  EXPECT_THAT(Post("/v1/embeddings", R"({"input":"a"})", kHeader), HasSubstr(begins));
  const TraceContext trace = handler_.requests.at(0).trace;
  EXPECT_EQ(trace.parent_id, 0xb7ad6b7169203331u);
  EXPECT_TRUE(trace.is_sampled);
  EXPECT_THAT(Post("/v1/embeddings", "no JSON", kHeader), HasSubstr(begins)) << "of a refusal too";
  EXPECT_THAT(Post("/embed", R"({"inputs":"a"})", kHeader), HasSubstr(begins));
  EXPECT_NE(handler_.requests.at(1).trace.span_id, trace.span_id);
}

TEST_F(RoutesTest, WithoutATraceNothingIsSaidOfOne) {
  for (const char* const headers : {"", "traceparent: 00-nonsense\r\n"}) {
    EXPECT_THAT(Post("/v1/embeddings", R"({"input":"a"})", headers), Not(HasSubstr("traceparent")));
    EXPECT_FALSE(handler_.requests.back().trace.exists());
  }
}

TEST_F(RoutesTest, TheCallOfWhoGoesIsCancelled) {
  handler_.waits = true;
  for (const auto& [path, body] :
       {std::pair("/embed", R"({"inputs":"a"})"), std::pair("/api/embed", R"({"input":"a"})"),
        std::pair("/v1/embeddings", R"({"input":"a"})")}) {
    Serve({});
    handler_.cancelled.clear();
    EXPECT_EQ(Post(path, body), "");
    EXPECT_THAT(handler_.cancelled, IsEmpty());
    session_.reset();
    EXPECT_THAT(handler_.cancelled, ElementsAre(handler_.last_id)) << path;
    EXPECT_EQ(context_->pending.count, 0u);
  }
}

TEST_F(RoutesTest, AnAnswerThatComesLaterIsTheSame) {
  handler_.waits = true;
  EXPECT_EQ(Post("/embed", R"({"inputs":["a"]})"), "");
  handler_.waiting.at(handler_.last_id)->Finish(handler_.Reply(1), {});
  EXPECT_EQ(Brief(Output()), "200 [[0,0]]");
  EXPECT_EQ(session_->phase(), HttpSession::Phase::kIdle);
}

// Without the sizes of its chunks.
std::string Unchunked(std::string_view body) {
  std::string whole;
  while (true) {
    const std::size_t line = body.find("\r\n");
    const std::size_t size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
    if (size == 0) return whole;
    whole += body.substr(line + 2, size);
    body.remove_prefix(line + 2 + size + 2);
  }
}

TEST_F(RoutesTest, ManyTokensAreAnsweredInParts) {
  Post("/tokenize", R"({"inputs":"a"})");
  handler_.tell(TokenizeReply{.texts = {{.text = "a", .tokens = std::vector<TextToken>(20'000)}}});
  EXPECT_LT(session_->unsent_bytes(), std::size_t{200} << 10);
  const std::string output = Output();
  const std::string whole = Unchunked(output.substr(output.find("\r\n\r\n") + 4));
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '{'), 20'000);
  EXPECT_EQ(session_->phase(), HttpSession::Phase::kIdle);
}

TEST_F(RoutesTest, ManyTextsAreAnsweredInParts) {
  handler_.dim = 384;
  Serve({.normalized = true});
  std::string body = R"({"inputs":["a")";
  for (int i = 1; i < 2048; ++i) body += ",\"a\"";
  session_->Receive("POST /embed HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                    std::to_string(body.size() + 2) + "\r\n\r\n" + body + "]}");
  std::string output;
  std::size_t most = 0;
  bool more = true;
  for (std::size_t enough = 1000; more; enough = output.size() + 1000) {
    more = session_->TakeOutput(output, enough);
    most = std::max(most, session_->unsent_bytes());
  }
  EXPECT_LT(most, std::size_t{400} << 10) << "what is unsent is written, not all of it";
  EXPECT_THAT(output, HasSubstr("Transfer-Encoding: chunked\r\n"));
  const std::string whole = Unchunked(output.substr(output.find("\r\n\r\n") + 4));
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '['), 2049);
  EXPECT_THAT(whole, AllOf(StartsWith("[[0,0,"), HasSubstr("],[2,0,"), EndsWith(",0]]")));
  EXPECT_EQ(session_->phase(), HttpSession::Phase::kIdle);
}

}  // namespace
}  // namespace shoal
