// What a worker answers on its own port: liveness, readiness, metrics. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace shoal {

struct HealthReport {
  bool ready = false;
  std::string json;  // {"worker_id": ..., "incarnation": ..., "state": ...}
};

struct HealthSources {
  std::function<HealthReport()> report;  // thread-safe, does not block
  std::function<std::string()> metrics;  // Prometheus text; thread-safe
};

struct HealthAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
};

// GET and HEAD of /healthz/live (200 as long as the process answers), /healthz/ready (200, or 503
// when not ready; the same JSON), /metrics. Anything else: 404, other methods: 405, as JSON errors.
HealthAnswer AnswerHealth(std::string_view method, std::string_view target,
                          const HealthSources& sources);

}  // namespace shoal
