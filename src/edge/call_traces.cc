#include "edge/call_traces.h"

#include <cmath>
#include <cstddef>

namespace shoal {
namespace {

// By the low half of the id, as others do it: where a trace crosses several servers with the same
// ratio, all of them record it or none.
bool IsWithin(double ratio, const TraceContext& trace) {
  if (ratio >= 1) return true;
  std::uint64_t low = 0;
  for (std::size_t i = 8; i < 16; ++i) low = low << 8 | trace.trace_id[i];
  return static_cast<double>(low) < std::ldexp(ratio, 64);
}

}  // namespace

bool IsSampled(const TraceSampler& sampler, const TraceContext& trace) {
  if (sampler.is_parent_based && trace.parent_id != 0) return trace.is_sampled;
  switch (sampler.choice) {
    case TraceSampler::Choice::kAll:
      return true;
    case TraceSampler::Choice::kNone:
      return false;
    case TraceSampler::Choice::kRatio:
      return IsWithin(sampler.ratio, trace);
  }
  return false;
}

TraceContext CallTraces::Begin(std::string_view traceparent) {
  TraceContext trace;
  if (!traceparent.empty()) trace = ParseTraceparent(traceparent).value_or(TraceContext{});
  if (!trace.exists()) {
    if (!sampler_) return {};
    trace.trace_id = ids_.NewTraceId();
  }
  trace.span_id = ids_.NewSpanId();
  if (sampler_) trace.is_sampled = IsSampled(*sampler_, trace);
  return trace;
}

}  // namespace shoal
