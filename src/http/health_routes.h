// What a worker answers on its own port: liveness, readiness, metrics. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/http_handler.h"

namespace shoal {

struct HealthReport {
  bool ready = false;
  std::string json;  // {"worker_id": ..., "incarnation": ..., "state": ...}
};

struct HealthSources {
  std::function<HealthReport()> report;  // thread-safe, does not block
  std::function<std::string()> metrics;  // Prometheus text; thread-safe
};

// GET and HEAD of /healthz/live (200 as long as the process answers), /healthz/ready (200, or 503
// when not ready; the same JSON), /metrics. Anything else: 404, other methods: 405, as JSON errors.
HttpAnswer AnswerHealth(std::string_view method, std::string_view path,
                        const HealthSources& sources);

// Serves them, each at once.
HttpHandler HealthHandler(HealthSources sources);

}  // namespace shoal
