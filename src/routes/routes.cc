#include "routes/routes.h"

#include <optional>
#include <utility>

#include "routes/body_hold.h"
#include "routes/cross_origin.h"
#include "routes/embed_work.h"
#include "routes/kserve_routes.h"
#include "routes/ollama_routes.h"
#include "routes/openai_routes.h"
#include "routes/page_routes.h"
#include "routes/probe_routes.h"
#include "routes/request_body.h"
#include "routes/tei_routes.h"
#include "routes/tei_tokenize.h"

namespace shoal {

Routes::Routes(Options options, RouteContext& context)
    : options_(std::move(options)), context_(context) {
  AddOpenAiRoutes(context_, table_);
  AddPageRoutes(table_);
  AddTeiRoutes(context_, options_.is_ready, table_);
  AddTeiTokenizeRoute(context_, table_);
  AddOllamaRoutes(context_, table_);
  AddKserveRoutes(context_, options_.is_ready, table_);
  AddProbeRoutes(options_.is_ready, table_);
}

HttpSession::Options Routes::Serve() {
  const Limits& limits = context_.limits;
  return {.limits = {.max_body_bytes = limits.max_request_bytes,
                     .max_unread_bytes = limits.max_unread_bytes,
                     .max_connections = limits.max_connections},
          .handler = [this](HttpRequest request,
                            HttpReply& reply) { return Handle(std::move(request), reply); },
          .check_head = [this](const HttpRequest& head) { return CheckHead(head); },
          .hold_body = [this] { return std::make_unique<BudgetedBodyHold>(context_.received); },
          .write_refusal = [this](const HttpRefusal& refusal,
                                  const HttpRequest* head) { return Refuse(refusal, head); }};
}

HttpAnswer Routes::Refuse(const HttpRefusal& refusal, const HttpRequest* head) {
  HttpAnswer answer = ErrorAnswer(refusal, head);
  AddCommonHeaders(head == nullptr ? HttpHeaders() : head->headers, answer);
  return answer;
}

// What is refused here is refused before its body is read.
std::optional<HttpAnswer> Routes::CheckHead(const HttpRequest& head) {
  if (head.method == "OPTIONS") {
    auto preflight = PreflightAnswer(head, table_.Allowed(head.path), options_.allowed_origins);
    if (preflight) return preflight;
  }
  const auto refuse = [&](const Fault& fault) {
    HttpAnswer answer = ErrorAnswer(StyleOfPath(head.path), fault);
    AddCommonHeaders(head.headers, answer);
    return answer;
  };
  if (!table_.Find(head.method, head.path)) {
    HttpAnswer answer = refuse(table_.Why(head.method, head.path));
    if (answer.status == 405) answer.headers.push_back({"Allow", table_.Allowed(head.path)});
    return answer;
  }
  if (const auto fault = CheckBodyHeaders(head.headers)) return refuse(*fault);
  return std::nullopt;
}

std::unique_ptr<HttpWork> Routes::Handle(HttpRequest request, HttpReply& reply) {
  std::optional<RouteTable::Match> match = table_.Find(request.method, request.path);
  std::string request_id = RequestIdOf(request.headers);
  std::vector<HttpField> headers = CommonHeaders(request.headers, request_id);
  const ApiStyle style = StyleOfPath(request.path);
  std::optional<CallReport> report = ReportOf(request);
  if (report && report->trace.exists()) {
    headers.push_back({"traceparent", FormatTraceparent(report->trace)});
  }
  RouteCall call(std::move(request), style, std::move(request_id), std::move(headers), reply);
  call.name = std::move(match->name);
  call.report = report;
  return (*match->handler)(std::move(call));
}

// Nothing: it does not ask for vectors.
std::optional<CallReport> Routes::ReportOf(const HttpRequest& request) {
  if (request.method != "POST") return std::nullopt;
  const auto api = EmbedApiOf(request.path);
  if (!api) return std::nullopt;
  CallReport report(context_.reports, *api);
  report.trace = context_.traces.Begin(request.headers.Find("traceparent").value_or(""));
  return report;
}

std::string Routes::RequestIdOf(const HttpHeaders& came) {
  return context_.request_ids.Choose(came.Find("x-request-id").value_or(""), "");
}

void Routes::AddCommonHeaders(const HttpHeaders& came, HttpAnswer& answer) {
  for (HttpField& field : CommonHeaders(came, RequestIdOf(came))) {
    answer.headers.push_back(std::move(field));
  }
}

std::vector<HttpField> Routes::CommonHeaders(const HttpHeaders& came,
                                             const std::string& request_id) const {
  std::vector<HttpField> headers = CrossOriginHeaders(came, options_.allowed_origins);
  headers.push_back({"x-request-id", request_id});
  return headers;
}

}  // namespace shoal
