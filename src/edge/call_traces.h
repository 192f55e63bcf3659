// Which trace a call belongs to, as it arrives.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/trace_context.h"
#include "edge/traceparent.h"

namespace shoal {

// Whether `trace` is recorded. `trace.parent_id` and `is_sampled` are what the caller said.
bool IsSampled(const TraceSampler& sampler, const TraceContext& trace);

// What the calls of one server share. Thread-safe.
class CallTraces {
 public:
  // `sampler` absent: nothing is recorded, and a trace is only passed on.
  CallTraces(std::uint64_t seed, std::optional<TraceSampler> sampler)
      : ids_(seed), sampler_(sampler) {}

  // Of a call that came with this `traceparent`; empty: with none. A span of this server in the
  // caller's trace; without one in a new trace if traces are recorded, else none.
  TraceContext Begin(std::string_view traceparent);

 private:
  TraceIds ids_;
  const std::optional<TraceSampler> sampler_;
};

}  // namespace shoal
