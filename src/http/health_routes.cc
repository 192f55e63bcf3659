#include "http/health_routes.h"

namespace shoal {
namespace {

HealthAnswer Error(int status, std::string_view code, std::string_view message) {
  return {.status = status,
          .content_type = "application/json",
          .body = "{\"error\":{\"code\":\"" + std::string(code) + "\",\"message\":\"" +
                  std::string(message) + "\"}}\n"};
}

}  // namespace

HealthAnswer AnswerHealth(std::string_view method, std::string_view target,
                          const HealthSources& sources) {
  const std::string_view path = target.substr(0, target.find('?'));
  const bool known = path == "/healthz/live" || path == "/healthz/ready" || path == "/metrics";
  if (!known) {
    return Error(404, "route_not_found",
                 "this port serves /healthz/live, /healthz/ready and /metrics");
  }
  if (method != "GET" && method != "HEAD") {
    return Error(405, "method_not_allowed", "only GET and HEAD are served here");
  }
  if (path == "/metrics") {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = sources.metrics()};
  }
  const HealthReport report = sources.report();
  const bool refuse = path == "/healthz/ready" && !report.ready;
  return {
      .status = refuse ? 503 : 200, .content_type = "application/json", .body = report.json + "\n"};
}

}  // namespace shoal
