#include "dashboard/dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/file.h"
#include "dashboard/try_route.h"
#include "json/value.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kHere[] = "ipv4:127.0.0.1:4711";
constexpr char kThere[] = "ipv4:10.0.0.7:4711";

struct FakeReply final : HttpReply {
  void Answer(HttpAnswer given) override { answer = std::move(given); }
  void Begin(HttpAnswer given) override { answer = std::move(given); }
  void Send(std::string_view piece) override { answer.body.append(piece); }
  void Finish() override {}
  void Cut() override {}
  std::size_t unsent_bytes() const override { return 0; }
  void Keeps(std::size_t /*bytes*/) override {}

  HttpAnswer answer;
};

// Answers with one vector a text: [1, 0], [0, 1], [1, 0] ...
class FakeHandler final : public EmbedHandler, public OperatorHandler {
 public:
  CallId NewCallId() override { return 1; }
  std::optional<Refusal> Start(CallId, EmbedRequest given, ReplySink& sink) override {
    request = std::move(given);
    if (refusal) return refusal;
    EmbedReply reply{.dim = 2};
    for (std::size_t i = 0; i < request.texts.size(); ++i) {
      const float vector[2] = {i % 2 == 0 ? 1.0f : 0.0f, i % 2 == 0 ? 0.0f : 1.0f};
      reply.vectors.append(reinterpret_cast<const char*>(vector), sizeof vector);
      reply.token_counts.push_back(3);
    }
    CallWork work{.timing = {.total_us = 1500}, .attempts = 1, .queue = "urgent"};
    work.workers = {std::make_shared<const WorkerName>(WorkerName{"w0", "1f"})};
    sink.Finish(std::move(reply), work);
    return std::nullopt;
  }
  void Cancel(CallId) override {}
  ServiceInfo Info() override { return info; }
  void SetWorkerDrained(std::string worker_id, bool drained, Done done) override {
    if (worker_id != "w0") return done(NotFoundError("w0 is known"));
    info.workers[0].state = drained ? WorkerState::kDrained : WorkerState::kReady;
    done({});
  }

  ServiceInfo info{.version = "1.2",
                   .model = {.name = "m", .dim = 2},
                   .coordinator_id = "c",
                   .workers = {{.id = "w0", .state = WorkerState::kReady, .attached = true}}};
  std::optional<Refusal> refusal;
  EmbedRequest request;
};

class DashboardTest : public testing::Test {
 protected:
  explicit DashboardTest(std::string token = "")
      : dashboard_({.hosts = {"dash.example"},
                    .operator_token = std::move(token),
                    .limits = {},
                    .coordinator_id = "c"},
                   {.info = [this] { return handler_.Info(); },
                    .state = [] { return ServingState::kReady; },
                    .figures = [] { return DashboardFigures{.open_calls = 4}; },
                    .slow_requests = [] { return std::vector<KeptCall>(1); },
                    .usage = [] { return std::vector<ClientUsage>{{.client = "me"}}; },
                    .logs = [](const OperatorLogQuery&) { return OperatorLogPage{}; },
                    .set_log_level = nullptr,
                    .metrics = [] { return "shoal_x 1\n"; },
                    .config = {{"threads", "2", "flag", "--threads"}}},
                   handler_, handler_, received_, clock_,
                   [this](std::function<void()> task) { posted_.push_back(std::move(task)); }) {}

  HttpAnswer Ask(const std::string& method, const std::string& path,
                 const std::vector<HttpField>& headers = {}, const std::string& body = "",
                 const std::string& peer = kHere) {
    HttpRequest request{.method = method, .path = path, .body = body, .peer = peer};
    for (const HttpField& field : headers) request.headers.Add(field.name, field.value);
    if (!request.headers.Find("host")) request.headers.Add("host", "localhost:3000");
    const HttpSession::Options serve = dashboard_.Serve();
    if (auto answer = serve.check_head(request)) return *std::move(answer);
    FakeReply reply;
    const auto work = serve.handler(std::move(request), reply);
    for (const auto& task : std::exchange(posted_, {})) task();
    return reply.answer;
  }
  int StatusOf(const std::string& method, const std::string& path,
               const std::vector<HttpField>& headers = {}, const std::string& peer = kHere) {
    return Ask(method, path, headers, R"({"level":"info","texts":["a"]})", peer).status;
  }

  ManualClock clock_;
  FakeHandler handler_;
  ByteBudget received_{1 << 20};
  std::vector<std::function<void()>> posted_;
  Dashboard dashboard_;
};

class DashboardWithToken : public DashboardTest {
 protected:
  DashboardWithToken() : DashboardTest("secret") {}
};

const std::vector<std::pair<const char*, const char*>> kForOperators = {
    {"POST", "/api/v1/workers/w0/drain"},
    {"POST", "/api/v1/workers/w0/resume"},
    {"PUT", "/api/v1/log-level"},
    {"GET", "/api/v1/logs"},
    {"GET", "/api/v1/config"}};

TEST_F(DashboardTest, HasTheRoutesOfItsPage) {
  std::set<std::string> real, documented;
  for (const auto& route : dashboard_.table().all()) {
    real.insert(std::string(route.method) + " " + std::string(route.path));
  }
  const std::string page =
      ReadFile(std::string(SHOAL_SOURCE_DIR) + "/docs/operator-api.md", 1 << 20).value();
  for (std::size_t at = 0; (at = page.find("\n| `", at)) != std::string::npos; ++at) {
    const std::string row = page.substr(at + 4, page.find('`', at + 4) - at - 4);
    if (row.find(" /") != std::string::npos) documented.insert(row);
  }
  EXPECT_EQ(documented, real);
}

TEST_F(DashboardTest, ShowsTheState) {
  const std::string body = Ask("GET", "/api/v1/snapshot").body;
  const JsonValue state = ParseJson(body).value();
  EXPECT_EQ(state.GetString("version").value(), "1.2");
  EXPECT_EQ(state.GetString("state").value(), "ready");
  EXPECT_EQ(state.GetInt("in_flight", 0, 100).value(), 4);
  const JsonValue worker = state.Get("workers").value().Get("w0").value();
  EXPECT_EQ(worker.GetString("state").value(), "ready");
  EXPECT_TRUE(state.Get("usage").value().Find("me").has_value());
}

TEST_F(DashboardTest, TakesEachSecondWhetherOrNotSomebodyFollows) {
  EXPECT_EQ(Ask("GET", "/api/v1/history").body, R"({"seconds":[]})");
  EXPECT_THAT(Ask("GET", "/api/v1/snapshot").body, Not(HasSubstr(R"("second":)")));
  EXPECT_EQ(dashboard_.Turn(clock_.Now()), clock_.Now() + std::chrono::milliseconds(1050));
  clock_.Advance(std::chrono::seconds(3));
  dashboard_.Turn(clock_.Now());
  const JsonValue history = ParseJson(Ask("GET", "/api/v1/history").body).value();
  EXPECT_EQ(history.Get("seconds").value().Elements().value().size(), 2u);
  EXPECT_THAT(Ask("GET", "/api/v1/snapshot").body, HasSubstr(R"("in_flight":4,"retries":0)"));
}

TEST_F(DashboardTest, TellsWhatHappened) {
  dashboard_.WorkerChanged({.id = "w0", .state = WorkerState::kLost}, UnavailableError("it broke"));
  dashboard_.SecondAttempt({.id = "w1"});
  const std::string body = Ask("GET", "/api/v1/snapshot").body;
  EXPECT_THAT(body, HasSubstr(R"("kind":"started","text":"the server started"},"2":{)"));
  EXPECT_THAT(body, HasSubstr(R"("kind":"lost","text":"w0 was lost: it broke","worker":"w0")"));
  EXPECT_THAT(body, HasSubstr(R"("kind":"second_attempt")"));
}

TEST_F(DashboardTest, TellsOfASecondInWhichTextsWereRefused) {
  const CallWork work;
  const TraceContext trace;
  dashboard_.tally().CallEnded({.verdict = Verdict::kOverloaded,
                                .texts = 7,
                                .arrived = clock_.Now(),
                                .work = work,
                                .trace = trace});
  clock_.Advance(std::chrono::seconds(2));
  dashboard_.Turn(clock_.Now());
  EXPECT_THAT(Ask("GET", "/api/v1/snapshot").body,
              HasSubstr(R"("kind":"refusing","text":"texts are refused as overloaded: 7 in)"));
}

TEST_F(DashboardTest, ShowsOneWorkerOrTellsWhichThereAre) {
  EXPECT_THAT(Ask("GET", "/api/v1/workers/w0").body, HasSubstr(R"("id":"w0")"));
  const HttpAnswer none = Ask("GET", "/api/v1/workers/w1");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("known are: w0"));
}

TEST_F(DashboardTest, EveryAnswerIsForThisReaderAlone) {
  for (const char* const path :
       {"/api/v1", "/api/v1/snapshot", "/metrics", "/nothing", "/assets/x"}) {
    std::set<std::string> names;
    for (const HttpField& field : Ask("GET", path).headers) names.insert(field.name);
    for (const char* const name :
         {"Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "x-request-id"}) {
      EXPECT_TRUE(names.contains(name)) << path << " " << name;
    }
  }
}

TEST_F(DashboardTest, ThePageIsForAllAndHasItsOwnHeadersOnce) {
  const HttpAnswer page = Ask(
      "GET", "/", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}, "", kThere);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<!doctype html>"));
  std::map<std::string, std::vector<std::string>> said;
  for (const HttpField& field : page.headers) said[field.name].push_back(field.value);
  EXPECT_THAT(said["Cache-Control"], ElementsAre("no-cache"));
  EXPECT_THAT(said["Content-Security-Policy"], ElementsAre(HasSubstr("default-src 'self'")));
  EXPECT_THAT(said["X-Content-Type-Options"], ElementsAre("nosniff"));
}

TEST_F(DashboardTest, AFileThatThePageHasNotIsAnErrorAsAnyOther) {
  for (const char* const path :
       {"/assets/none.js", "/assets/../index.html", "/assets/%2e%2e%2findex.html"}) {
    const HttpAnswer answer = Ask("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, HasSubstr(R"("code":"not_found")")) << path;
  }
  EXPECT_EQ(StatusOf("GET", "/assets/"), 404);
  EXPECT_EQ(StatusOf("GET", "/assets/none.js", {{"sec-fetch-site", "cross-site"}}), 403);
}

TEST_F(DashboardTest, DrainsAndResumesAWorker) {
  EXPECT_THAT(Ask("POST", "/api/v1/workers/w0/drain").body, HasSubstr(R"("state":"drained")"));
  EXPECT_THAT(Ask("POST", "/api/v1/workers/w0/resume").body, HasSubstr(R"("state":"ready")"));
  const HttpAnswer none = Ask("POST", "/api/v1/workers/w1/drain");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("w0 is known"));
}

TEST_F(DashboardTest, WithoutATokenIsForThisMachineWhereItMatters) {
  for (const auto& [method, path] : kForOperators) {
    EXPECT_NE(StatusOf(method, path), 403) << path;
    EXPECT_EQ(StatusOf(method, path, {}, kThere), 403) << path;
    EXPECT_EQ(StatusOf(method, path, {{"authorization", "Bearer x"}}, kThere), 403) << path;
  }
  EXPECT_EQ(StatusOf("POST", "/api/v1/try", {}, kThere), 403);
  EXPECT_EQ(StatusOf("GET", "/api/v1/snapshot", {}, kThere), 200);
}

TEST_F(DashboardWithToken, AsksForItWhereItMatters) {
  const HttpField right{"authorization", "Bearer secret"};
  for (const auto& [method, path] : kForOperators) {
    EXPECT_EQ(StatusOf(method, path), 401) << path;
    EXPECT_EQ(StatusOf(method, path, {{"authorization", "Bearer guess"}}), 401) << path;
    EXPECT_NE(StatusOf(method, path, {right}, kThere), 401) << path;
  }
  EXPECT_EQ(StatusOf("POST", "/api/v1/try"), 200);
  EXPECT_EQ(StatusOf("POST", "/api/v1/try", {}, kThere), 401);
  EXPECT_EQ(StatusOf("POST", "/api/v1/try", {right}, kThere), 200);
  EXPECT_EQ(StatusOf("GET", "/api/v1/snapshot", {}, kThere), 200);
}

TEST_F(DashboardTest, RefusesOtherHostsAndOriginsBeforeAllElse) {
  EXPECT_EQ(StatusOf("GET", "/api/v1/snapshot", {{"host", "evil.example"}}), 421);
  EXPECT_EQ(StatusOf("GET", "/nothing", {{"host", "evil.example"}}), 421);
  EXPECT_EQ(StatusOf("GET", "/api/v1/snapshot", {{"host", "dash.example"}}), 200);
  EXPECT_EQ(StatusOf("POST", "/api/v1/workers/w0/drain", {{"origin", "http://evil.example"}}), 403);
  EXPECT_EQ(handler_.info.workers[0].state, WorkerState::kReady);
}

TEST_F(DashboardTest, SaysWhatItHasNot) {
  EXPECT_THAT(Ask("GET", "/v1/models").body, HasSubstr("GET /api/v1 lists"));
  EXPECT_EQ(StatusOf("DELETE", "/api/v1/workers/w0"), 405);
  EXPECT_EQ(StatusOf("GET", "/api/v1/logs"), 200);
}

TEST_F(DashboardTest, ALevelThatCannotBeSetIsSaidSo) {
  EXPECT_EQ(Ask("PUT", "/api/v1/log-level", {}, R"({"level":"debug"})").status, 501);
  EXPECT_EQ(Ask("PUT", "/api/v1/log-level", {}, R"({"level":"loud"})").status, 400);
  EXPECT_EQ(Ask("PUT", "/api/v1/log-level", {}, R"({})").status, 400);
  EXPECT_THAT(Ask("PUT", "/api/v1/log-level", {}, "debug").body, HasSubstr("invalid_json"));
}

TEST_F(DashboardTest, TriesTextsAndShowsHowAlikeTheyAre) {
  const HttpAnswer answer = Ask("POST", "/api/v1/try", {}, R"({"texts":["a","b","c"]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("similarity":[[1,0,1],[0,1,0],[1,0,1]])"));
  EXPECT_THAT(answer.body, HasSubstr(R"("tokens":[3,3,3])"));
  EXPECT_THAT(answer.body, HasSubstr(R"("workers":[{"id":"w0","incarnation":"1f"}])"));
  EXPECT_THAT(handler_.request.texts, ElementsAre("a", "b", "c"));
}

TEST_F(DashboardTest, WhatIsTriedIsCheckedAsAnyRequest) {
  const auto code = [&](const std::string& body) {
    const std::string answer = Ask("POST", "/api/v1/try", {}, body).body;
    return ParseJson(answer).value().Get("error").value().GetString("code").value();
  };
  EXPECT_EQ(code(R"({"texts":[]})"), "empty_input");
  EXPECT_EQ(code(R"({"texts":[1]})"), "token_ids_not_supported");
  EXPECT_EQ(code(R"({})"), "invalid_request");
  EXPECT_EQ(code("{"), "invalid_json");
  std::string many = R"({"texts":["a")";
  for (std::size_t i = 0; i < kMostTriedTexts; ++i) many += R"(,"a")";
  EXPECT_EQ(code(many + "]}"), "too_many_inputs");
  handler_.refusal = Refusal{.verdict = Verdict::kNoWorkers, .message = "none"};
  EXPECT_EQ(code(R"({"texts":["a"]})"), "no_workers");
}

}  // namespace
}  // namespace shoal
