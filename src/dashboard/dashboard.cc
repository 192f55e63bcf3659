#include "dashboard/dashboard.h"

#include <algorithm>
#include <utility>

#include "base/rng.h"
#include "dashboard/asset_routes.h"
#include "dashboard/change_routes.h"
#include "dashboard/operator_error.h"
#include "dashboard/state_routes.h"
#include "dashboard/try_route.h"
#include "routes/body_hold.h"
#include "routes/probe_routes.h"
#include "routes/request_body.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;
// The streams, and room for those who ask meanwhile.
constexpr std::size_t kMaxConnections = 256;
constexpr std::size_t kMaxUnread = 2 * EventStream::kMostFollowers * EventStream::kMostUnsent;
// Of all but the page (page_files.cc): nothing may be taken from elsewhere, and no other page may
// hold one of these.
constexpr char kPolicy[] =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::int64_t UnixMs() { return UnixNanoseconds() / 1'000'000; }

}  // namespace

Dashboard::Dashboard(DashboardOptions options, DashboardSources sources, EmbedHandler& handler,
                     OperatorHandler& operator_handler, ByteBudget& received, const Clock& clock,
                     std::function<void(std::function<void()> task)> post)
    : guard_(std::move(options.hosts)),
      access_(std::move(options.operator_token)),
      context_{.clock = clock,
               .sources = std::move(sources),
               .limits = options.limits,
               .received = received,
               .operator_handler = operator_handler,
               .post = std::move(post),
               .began = clock.Now(),
               .began_unix_ms = UnixMs(),
               .tally = CallTally(clock.Now()),
               .history = History(clock.Now()),
               .recent_events = {},
               .pending = {.handler = handler},
               .request_ids = RequestIds(RandomSeed()),
               .events = EventStream(
                   std::move(options.coordinator_id),
                   [this](auto now) { return context_.StateAt(now); }, History::kSettle)} {
  Note({.kind = EventKind::kStarted, .text = "the server started"});
  AddAssetRoutes(table_);
  AddStateRoutes(context_, table_);
  AddChangeRoutes(context_, table_);
  AddTryRoute(context_, table_);
  AddProbeRoutes([this] { return context_.sources.state() == ServingState::kReady; }, table_);
}

HttpSession::Options Dashboard::Serve() {
  return {.limits = {.max_body_bytes = kMaxBody,
                     .max_unread_bytes = kMaxUnread,
                     .max_connections = kMaxConnections},
          .handler = [this](HttpRequest request,
                            HttpReply& reply) { return Handle(std::move(request), reply); },
          .check_head = [this](const HttpRequest& head) { return CheckHead(head); },
          .hold_body = [this] { return std::make_unique<BudgetedBodyHold>(context_.received); },
          .write_refusal =
              [this](const HttpRefusal& refusal, const HttpRequest* head) {
                return Finished(AnswerOf(OperatorErrorOf(refusal)), head);
              }};
}

std::chrono::steady_clock::time_point Dashboard::Turn(std::chrono::steady_clock::time_point now) {
  if (now >= context_.history.due()) TakeSeconds(now);
  return std::min(context_.history.due(), context_.events.Turn(now));
}

void Dashboard::TakeSeconds(std::chrono::steady_clock::time_point now) {
  History& history = context_.history;
  const std::size_t taken = history.Take(now, UnixMs(), context_.tally, context_.sources.figures());
  for (std::size_t i = history.size() - taken; i < history.size(); ++i) {
    for (const RecentEvent& event : second_events_.Look(history[i])) Note(event);
  }
}

void Dashboard::WorkerChanged(const WorkerInfo& worker, const Status& fault) {
  const auto event = worker_events_.Changed(context_.clock.Now(), worker, fault);
  if (event) Note(*event);
}

void Dashboard::SecondAttempt(const WorkerInfo& worker) {
  const auto event = worker_events_.SecondAttempt(context_.clock.Now(), worker);
  if (event) Note(*event);
}

void Dashboard::Note(const RecentEvent& event) { context_.recent_events.Add(UnixMs(), event); }

// What is refused here is refused before its body is read.
std::optional<HttpAnswer> Dashboard::CheckHead(const HttpRequest& head) {
  std::optional<HttpAnswer> answer = WhyNot(head);
  if (!answer) return std::nullopt;
  return Finished(*std::move(answer), &head);
}

std::optional<HttpAnswer> Dashboard::WhyNot(const HttpRequest& head) const {
  if (const auto error = guard_.WhyNot(head)) return AnswerOf(*error);
  if (!table_.Find(head.method, head.path)) {
    HttpAnswer answer = ErrorAnswer(ApiStyle::kOpenAi, table_.Why(head.method, head.path));
    if (answer.status == 405) answer.headers.push_back({"Allow", table_.Allowed(head.path)});
    return answer;
  }
  const Access needed = AccessTo(head.method, head.path);
  const std::string_view shown = head.headers.Find("authorization").value_or("");
  std::optional<Status> refused;
  if (needed == Access::kOperator) refused = access_.WhyNot(shown, head.peer);
  if (needed == Access::kNotAfar) refused = access_.WhyNotFromAfar(shown, head.peer);
  if (refused) return AnswerOf(OperatorErrorOf(*refused));
  if (const auto fault = CheckBodyHeaders(head.headers)) {
    return ErrorAnswer(ApiStyle::kOpenAi, *fault);
  }
  return std::nullopt;
}

std::unique_ptr<HttpWork> Dashboard::Handle(HttpRequest request, HttpReply& reply) {
  std::optional<RouteTable::Match> match = table_.Find(request.method, request.path);
  std::string request_id = RequestIdOf(&request);
  std::vector<HttpField> headers = CommonHeaders(request_id);
  RouteCall call(std::move(request), ApiStyle::kOpenAi, std::move(request_id), std::move(headers),
                 reply);
  call.name = std::move(match->name);
  return (*match->handler)(std::move(call));
}

HttpAnswer Dashboard::Finished(HttpAnswer answer, const HttpRequest* head) {
  for (HttpField& field : CommonHeaders(RequestIdOf(head))) {
    answer.headers.push_back(std::move(field));
  }
  return answer;
}

std::string Dashboard::RequestIdOf(const HttpRequest* head) {
  const auto id = head == nullptr ? std::nullopt : head->headers.Find("x-request-id");
  return context_.request_ids.Choose(id.value_or(""), "");
}

std::vector<HttpField> Dashboard::CommonHeaders(const std::string& request_id) const {
  return {{"Cache-Control", "no-store"},
          {"X-Content-Type-Options", "nosniff"},
          {"Content-Security-Policy", kPolicy},
          {"Referrer-Policy", "no-referrer"},
          {"x-request-id", request_id}};
}

}  // namespace shoal
