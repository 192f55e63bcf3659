// Where spans go and which: the standard variables of OpenTelemetry
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), of which
// docs/traces.md lists those that count here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/trace_context.h"
#include "base/status.h"
#include "http/http_message.h"
#include "net/url.h"
#include "tracing/otlp_json.h"

namespace shoal {

struct TraceOptions {
  Url endpoint;  // http
  std::vector<HttpField> headers;
  std::chrono::milliseconds timeout{10'000};  // of one request to it
  ResourceFields resource;                    // service.name first
  TraceSampler sampler;
  std::chrono::milliseconds delay{5'000};  // that a span waits for others at most
  std::size_t max_queue = 2048;            // spans
  std::size_t max_batch = 512;             // of one request; at most max_queue
};

// As std::getenv.
using GetVariable = std::function<const char*(const char* name)>;

// Nothing: no endpoint is named, or the variables turn it off. INVALID_ARGUMENT: a variable says
// what is not understood here.
Result<std::optional<TraceOptions>> ReadTraceOptions(const GetVariable& get);

}  // namespace shoal
