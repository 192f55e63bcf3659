#include "http/health_routes.h"

#include <utility>

namespace shoal {
namespace {

HttpAnswer AnswerOf(int status, std::string_view content_type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(content_type)}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

HttpAnswer Error(int status, std::string_view code, std::string_view message) {
  return AnswerOf(status, "application/json",
                  "{\"error\":{\"code\":\"" + std::string(code) + "\",\"message\":\"" +
                      std::string(message) + "\"}}\n");
}

}  // namespace

HttpAnswer AnswerHealth(std::string_view method, std::string_view path,
                        const HealthSources& sources) {
  const bool known = path == "/healthz/live" || path == "/healthz/ready" || path == "/metrics";
  if (!known) {
    return Error(404, "route_not_found",
                 "this port serves /healthz/live, /healthz/ready and /metrics");
  }
  if (method != "GET" && method != "HEAD") {
    return Error(405, "method_not_allowed", "only GET and HEAD are served here");
  }
  if (path == "/metrics") {
    return AnswerOf(200, "text/plain; version=0.0.4; charset=utf-8", sources.metrics());
  }
  const HealthReport report = sources.report();
  const bool refuse = path == "/healthz/ready" && !report.ready;
  return AnswerOf(refuse ? 503 : 200, "application/json", report.json + "\n");
}

HttpHandler HealthHandler(HealthSources sources) {
  return [sources = std::move(sources)](const HttpRequest& request, HttpReply& reply) {
    reply.Answer(AnswerHealth(request.method, request.path, sources));
    return nullptr;
  };
}

}  // namespace shoal
