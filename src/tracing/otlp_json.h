// Spans in the JSON encoding of OTLP (https://opentelemetry.io/docs/specs/otlp/): ids in hex, 64-bit
// numbers as strings, enumerations as numbers.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracing/trace_span.h"

namespace shoal {

using ResourceFields = std::vector<std::pair<std::string, std::string>>;

std::string SpanJson(const TraceSpan& span);

// Around spans, with commas between them: an ExportTraceServiceRequest.
struct OtlpFrame {
  std::string before;
  std::string_view behind;
};
// `version`: of this program.
OtlpFrame FrameOf(const ResourceFields& resource, std::string_view version);

}  // namespace shoal
