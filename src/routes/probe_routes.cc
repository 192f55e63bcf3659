#include "routes/probe_routes.h"

#include <string>
#include <utility>

#include "json/writer.h"

namespace shoal {
namespace {

std::unique_ptr<HttpWork> AnswerProbe(RouteCall call, std::string_view status,
                                      std::string_view reason = "") {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("status").String(status);
  if (!reason.empty()) json.Key("reason").String(reason);
  json.EndObject();
  call.Answer({.status = reason.empty() ? 200 : 503,
               .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
               .body = std::move(body)});
  return nullptr;
}

}  // namespace

Refusal NotReady() {
  return {.verdict = Verdict::kNoWorkers,
          .message = "no worker serves, or the server is shutting down",
          .retry_after = std::chrono::seconds(1)};
}

void AddProbeRoutes(const std::function<bool()>& is_ready, RouteTable& routes) {
  routes.Add("GET", "/healthz/live",
             [](RouteCall call) { return AnswerProbe(std::move(call), "live"); });
  routes.Add("GET", "/healthz/ready", [is_ready](RouteCall call) {
    return is_ready() ? AnswerProbe(std::move(call), "ready")
                      : AnswerProbe(std::move(call), "not ready", NotReady().message);
  });
}

}  // namespace shoal
