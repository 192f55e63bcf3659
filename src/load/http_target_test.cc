// Traffic to a server on the loopback interface that speaks the forms, as far as a test needs.
#include "load/http_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <set>

#include "base/base64.h"
#include "base/mutex.h"
#include "http/http_server.h"
#include "load/load_run.h"
#include "net/listener.h"
#include "net/socket_loop.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

// One text a request; its vector is {1, 0.5}. With `refuse`, each request gets a 429; with
// `silent`, none is answered.
class FakeServer {
 public:
  explicit FakeServer(bool tells_dimension = true) : tells_dimension_(tells_dimension) {
    HttpServerOptions options = {.listen = "127.0.0.1:0"};
    options.serve.handler = [this](const HttpRequest& request,
                                   HttpReply& reply) -> std::unique_ptr<HttpWork> {
      Note(request);
      if (silent && request.method == "POST") return std::make_unique<HttpWork>();
      reply.Answer(Answer(request));
      return nullptr;
    };
    server_ = HttpServer::Start(std::move(options), SystemClock(), *loop_).value();
  }
  const std::string& address() const { return server_->address(); }
  std::set<std::string> seen() {
    MutexLock lock(mutex_);
    return seen_;
  }

  std::atomic<bool> refuse = false;
  std::atomic<bool> silent = false;

 private:
  void Note(const HttpRequest& request) {
    MutexLock lock(mutex_);
    seen_.insert(request.method + " " + request.path);
    for (const HttpField& field : request.headers.all()) {
      seen_.insert(field.name + ": " + field.value);
    }
  }
  HttpAnswer Answer(const HttpRequest& request) const {
    if (request.path == "/info") return {.body = R"({"model_id":"m","max_input_length":256})"};
    if (request.path == "/v1/models") {
      return {.body = std::string(R"({"data":[{"id":"m")") +
                      (tells_dimension_ ? R"(,"dimensions":2)" : "") + "}]}"};
    }
    if (refuse) {
      return {.status = 429,
              .headers = {{.name = "x-shoal-code", .value = "overloaded"}},
              .body = R"({"error":"full","error_type":"Overloaded"})"};
    }
    if (request.path == "/embed") {
      return {.headers = {{.name = "x-compute-tokens", .value = "7"}}, .body = "[[1,0.5]]"};
    }
    const bool is_base64 = request.body.find(R"("base64")") != std::string::npos;
    return {.body = R"({"data":[{"index":0,"embedding":)" +
                    std::string(is_base64 ? R"("AACAPwAAAD8=")" : "[1,0.5]") +
                    R"(}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}})"};
  }

  const bool tells_dimension_;
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Mutex mutex_;
  std::set<std::string> seen_ GUARDED_BY(mutex_);
  std::unique_ptr<HttpServer> server_;
};

std::unique_ptr<EmbedClient> Open(HttpForm form, const std::string& address) {
  return OpenHttpTarget(form, address, 16, SystemClock()).value();
}

LoadReport Load(HttpForm form, FakeServer& server, LoadPlan plan) {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(Open(form, server.address()));
  const Result<ServiceInfo> info = clients[0]->Info(5000ms);
  EXPECT_TRUE(info.ok()) << info.status().ToString();
  plan.requests.text_tokens = 7;
  return RunLoad(plan, clients, info->model.dim, SystemClock(), {});
}

constexpr HttpForm kForms[] = {HttpForm::kOpenAi, HttpForm::kOpenAiBase64, HttpForm::kTei};

TEST(HttpTarget, TakesTrafficOfBothLoopsInEachForm) {
  for (const HttpForm form : kForms) {
    FakeServer server;
    for (const LoadPlan& plan :
         {LoadPlan{.rate = 1000, .duration = 50ms}, LoadPlan{.concurrency = 8, .duration = 50ms}}) {
      const LoadReport report = Load(form, server, plan);
      EXPECT_GT(report.sent, 5u);
      EXPECT_EQ(report.ok, report.sent);
      EXPECT_EQ(report.wrong_vectors, 0u);
      EXPECT_DOUBLE_EQ(report.tokens_per_second, 7 * report.texts_per_second);
    }
  }
}

TEST(HttpTarget, SendsClassClientAndDeadline) {
  FakeServer server;
  Load(HttpForm::kOpenAi, server,
       {.concurrency = 1,
        .duration = 10ms,
        .deadline = 2500ms,
        .priority = "bulk",
        .client = "elephant"});
  EXPECT_THAT(server.seen(),
              testing::IsSupersetOf({"POST /v1/embeddings", "x-shoal-priority: bulk",
                                     "x-shoal-client: elephant", "x-stainless-read-timeout: 2.5"}));
}

TEST(HttpTarget, ARefusalIsCountedAsOverGrpc) {
  for (const HttpForm form : kForms) {
    FakeServer server;
    server.refuse = true;
    // The dimension of TEI is not to be had.
    auto client = Open(form, server.address());
    EXPECT_EQ(client->Embed({"a"}, {}).status().ToString(), "RESOURCE_EXHAUSTED: full");
    if (form == HttpForm::kTei) continue;
    const LoadReport report = Load(form, server, {.concurrency = 2, .duration = 10ms});
    EXPECT_EQ(report.verdicts.at("resource_exhausted"), report.sent);
  }
}

TEST(HttpTarget, ATimeOutIsCountedAsOverGrpc) {
  FakeServer server;
  server.silent = true;
  const LoadReport report =
      Load(HttpForm::kOpenAi, server, {.rate = 1000, .duration = 10ms, .deadline = 1ms});
  EXPECT_EQ(report.verdicts.at("deadline_exceeded"), report.sent);
}

TEST(HttpTarget, LearnsTheDimensionWhereItIsNotTold) {
  FakeServer server(/*tells_dimension=*/false);
  for (const HttpForm form : kForms) {
    EXPECT_EQ(Open(form, server.address())->Info(5000ms)->model.dim, 2);
  }
}

TEST(HttpTarget, ThatEndsCancelsWhatIsInFlight) {
  FakeServer server;
  server.silent = true;
  EmbedClient* const client = Open(HttpForm::kTei, server.address()).release();
  std::vector<StatusCode> codes;
  for (int i = 0; i < 20; ++i) {
    client->EmbedAsync({"a"}, {}, [&](const Result<EmbedAnswer>& answer) {
      codes.push_back(answer.status().code());
      if (codes.size() > 5) return;
      client->EmbedAsync({"b"}, {}, [&](const Result<EmbedAnswer>& next) {
        codes.push_back(next.status().code());
      });
    });
  }
  delete client;
  EXPECT_THAT(codes, testing::AllOf(testing::SizeIs(testing::Ge(21u)),
                                    testing::Each(StatusCode::kCancelled)));
}

TEST(HttpTarget, EndsACallThatIsGivenUp) {
  FakeServer server;
  server.silent = true;
  const auto client = Open(HttpForm::kTei, server.address());
  Mutex mutex;
  CondVar changed;
  std::optional<StatusCode> code;
  client->EmbedAsync({"a"}, {.key = 7}, [&](const Result<EmbedAnswer>& answer) {
    MutexLock lock(mutex);
    code = answer.status().code();
    changed.NotifyAll();
  });
  client->Cancel(6);  // none of ours
  client->Cancel(7);
  client->Cancel(7);
  MutexLock lock(mutex);
  while (!code) changed.Wait(mutex);
  EXPECT_EQ(*code, StatusCode::kCancelled);
}

TEST(HttpTarget, SaysWhyThereIsNone) {
  std::string nobody;
  { nobody = ToString(ListenOn({.host = "127.0.0.1", .port = 0})->address); }
  EXPECT_EQ(Open(HttpForm::kOpenAi, nobody)->Info(5000ms).status().ToString(),
            "UNAVAILABLE: connect to " + nobody + ": Connection refused");
  EXPECT_EQ(OpenHttpTarget(HttpForm::kTei, "nonsense", 1, SystemClock()).status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace shoal
