#include "dashboard/state_routes.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "dashboard/operator_error.h"
#include "dashboard/request_guard.h"
#include "dashboard/scrape_targets.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr char kWelcome[] =
    R"({"service":"shoal","routes":{"page":"/",)"
    R"("snapshot":"/api/v1/snapshot","stream":"/api/v1/stream","history":"/api/v1/history",)"
    R"("workers":"/api/v1/workers","slow_requests":"/api/v1/requests/slow","logs":"/api/v1/logs",)"
    R"("config":"/api/v1/config","targets":"/api/v1/targets","try":"/api/v1/try",)"
    R"("metrics":"/metrics","live":"/healthz/live","ready":"/healthz/ready"}})";

std::unique_ptr<HttpWork> AnswerJson(RouteCall& call, std::string body) {
  call.AnswerJson(std::move(body));
  return nullptr;
}

std::unique_ptr<HttpWork> ListWorkers(RouteCall call, const DashboardContext& context) {
  std::string body = R"({"workers":[)";
  for (const WorkerInfo& worker : context.sources.info().workers) {
    if (!body.ends_with('[')) body.push_back(',');
    StateTree tree;
    AddWorker(worker, tree);
    tree.AppendTo(body);
  }
  return AnswerJson(call, body + "]}");
}

std::unique_ptr<HttpWork> OneWorker(RouteCall call, const DashboardContext& context) {
  const ServiceInfo info = context.sources.info();
  const auto found =
      std::find_if(info.workers.begin(), info.workers.end(),
                   [&call](const WorkerInfo& worker) { return worker.id == call.name; });
  if (found == info.workers.end()) {
    call.Answer(AnswerOf(UnknownWorker(call.name, info)));
    return nullptr;
  }
  StateTree tree;
  AddWorker(*found, tree);
  return AnswerJson(call, tree.Text());
}

std::unique_ptr<HttpWork> Logs(RouteCall call, const DashboardContext& context) {
  const auto query = ReadLogQuery(call.request.query);
  if (const auto* const error = std::get_if<OperatorError>(&query)) {
    call.Answer(AnswerOf(*error));
    return nullptr;
  }
  return AnswerJson(call, JsonOf(context.sources.logs(std::get<OperatorLogQuery>(query))));
}

std::unique_ptr<HttpWork> Config(RouteCall call, const DashboardContext& context) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("settings").BeginArray();
  for (const ConfigEntry& entry : context.sources.config) {
    json.BeginObject().Key("name").String(entry.name).Key("value").String(entry.value);
    json.Key("origin").String(entry.origin).Key("place").String(entry.place).EndObject();
  }
  json.EndArray().EndObject();
  return AnswerJson(call, std::move(body));
}

// The caller has reached this machine by the host that it names, but by loopback only itself can.
std::unique_ptr<HttpWork> Targets(RouteCall call, const DashboardContext& context) {
  const std::string host = HostOf(call.request.headers.Find("host").value_or(""));
  const std::string_view own_host = host.empty() ? std::string_view("localhost") : host;
  return AnswerJson(call, ScrapeTargets(context.sources.info(), own_host));
}

std::unique_ptr<HttpWork> Metrics(RouteCall call, const DashboardContext& context) {
  call.Answer({.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
               .body = context.sources.metrics()});
  return nullptr;
}

}  // namespace

OperatorError UnknownWorker(std::string_view id, const ServiceInfo& info) {
  std::string known;
  for (const WorkerInfo& worker : info.workers) known += (known.empty() ? "" : ", ") + worker.id;
  return {.status = 404,
          .code = "not_found",
          .message = "worker '" + std::string(id) +
                     "' is unknown here; known are: " + (known.empty() ? "none" : known)};
}

void AddStateRoutes(DashboardContext& context, RouteTable& routes) {
  routes.Add("GET", "/api/v1", [](RouteCall call) { return AnswerJson(call, kWelcome); });
  routes.Add("GET", "/api/v1/snapshot", [&context](RouteCall call) {
    return AnswerJson(call, context.StateAt(context.clock.Now()).Text());
  });
  routes.Add("GET", "/api/v1/stream", [&context](RouteCall call) {
    return context.events.Open(std::move(call), context.clock.Now());
  });
  routes.Add("GET", "/api/v1/history",
             [&context](RouteCall call) { return AnswerJson(call, context.history.Json()); });
  routes.Add("GET", "/api/v1/workers",
             [&context](RouteCall call) { return ListWorkers(std::move(call), context); });
  routes.Add("GET", "/api/v1/workers/{name}",
             [&context](RouteCall call) { return OneWorker(std::move(call), context); });
  routes.Add("GET", "/api/v1/requests/slow", [&context](RouteCall call) {
    return AnswerJson(call, SlowRequestsJson(context.sources.slow_requests()));
  });
  routes.Add("GET", "/api/v1/logs",
             [&context](RouteCall call) { return Logs(std::move(call), context); });
  routes.Add("GET", "/api/v1/config",
             [&context](RouteCall call) { return Config(std::move(call), context); });
  routes.Add("GET", "/api/v1/targets",
             [&context](RouteCall call) { return Targets(std::move(call), context); });
  routes.Add("GET", "/metrics",
             [&context](RouteCall call) { return Metrics(std::move(call), context); });
}

}  // namespace shoal
