// The spans of a call, a batch and a forward pass, made when it is over: nothing is held before.
// Pure.
//
//   server                      of each call, in the caller's trace
//   ├─ tokenize
//   └─ queue                    until its last batch was sent
//   batch ──links──► server     of each batch, a trace of its own
//   └─ dispatch                 sent until returned
//      └─ forward               the worker's
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "api/records.h"
#include "api/worker_link.h"
#include "edge/traceparent.h"
#include "tracing/trace_span.h"

namespace shoal {

// A call that is sampled, and whatever the head of its trace said one that was slow or failed.
bool IsRecorded(const CallRecord& record, std::chrono::microseconds slow);

// `to_unix`: from the clock of the records to time since 1970.
std::vector<TraceSpan> SpansOf(const CallRecord& record, std::chrono::nanoseconds to_unix,
                               TraceIds& ids);
// None, if it has no trace.
std::vector<TraceSpan> SpansOf(const BatchRecord& record, std::chrono::nanoseconds to_unix);
// As BatchRecord has it.
TraceContext NewBatchTrace(TraceIds& ids);
// Of a batch with a trace, of which `items` were executed until `end`.
TraceSpan ForwardSpanOf(const Batch& batch, std::size_t items, std::chrono::microseconds execution,
                        std::chrono::nanoseconds end, TraceIds& ids);

}  // namespace shoal
