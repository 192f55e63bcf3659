#include "tracing/record_spans.h"

#include <algorithm>
#include <string>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// As many as the SDKs of OpenTelemetry keep.
constexpr std::size_t kMostLinks = 128;

SpanAttribute Text(std::string_view name, std::string_view value) {
  return {name, std::string(value)};
}
template <typename Integer>
SpanAttribute Number(std::string_view name, Integer value) {
  return {name, static_cast<std::int64_t>(value)};
}

// Of a call: the texts and what refusals say of them are nobody's to keep.
std::vector<SpanAttribute> AttributesOf(const CallRecord& record) {
  std::vector<SpanAttribute> attributes = {
      Text("api", Name(record.api)), Text("verdict", Name(record.verdict)),
      Number("texts", record.texts), Number("tokens", record.work.tokens),
      Number("attempts", record.work.attempts)};
  const auto add = [&attributes](std::string_view name, std::string_view value) {
    if (!value.empty()) attributes.push_back(Text(name, value));
  };
  add("request_id", record.request_id);
  add("client", record.client);
  add("queue", record.work.queue);
  return attributes;
}

// From when the coordinator had it: what lies before is the receiving of the request.
nanoseconds StartOfWork(const TraceSpan& server, const CallRecord& record) {
  const EmbedTiming& timing = record.work.timing;
  const microseconds work(std::max({timing.total_us, timing.tokenize_us, timing.queue_us}));
  return std::max(server.start, server.end - record.serialize - work);
}

TraceSpan Child(const TraceSpan& parent, std::string_view name, nanoseconds start, nanoseconds end,
                TraceIds& ids) {
  return {.trace_id = parent.trace_id,
          .span_id = ids.NewSpanId(),
          .parent_id = parent.span_id,
          .is_sampled = parent.is_sampled,
          .name = name,
          .start = std::min(start, parent.end),
          .end = std::clamp(end, std::min(start, parent.end), parent.end)};
}

}  // namespace

bool IsRecorded(const CallRecord& record, microseconds slow) {
  if (!record.trace.exists()) return false;
  return record.trace.is_sampled || record.total >= slow ||
         OutcomeOf(record.verdict) == Outcome::kFailed;
}

std::vector<TraceSpan> SpansOf(const CallRecord& record, nanoseconds to_unix, TraceIds& ids) {
  const TraceContext& trace = record.trace;
  const nanoseconds arrived = record.arrived.time_since_epoch() + to_unix;
  const bool has_failed = OutcomeOf(record.verdict) == Outcome::kFailed;
  std::vector<TraceSpan> spans;
  spans.reserve(3);
  TraceSpan& server =
      spans.emplace_back(TraceSpan{.trace_id = trace.trace_id,
                                   .span_id = trace.span_id,
                                   .parent_id = trace.parent_id,
                                   .has_remote_parent = trace.parent_id != 0,
                                   .is_sampled = trace.is_sampled,
                                   .name = "server",
                                   .kind = TraceSpan::Kind::kServer,
                                   .start = arrived,
                                   .end = arrived + record.total,
                                   .attributes = AttributesOf(record),
                                   .error = has_failed ? Name(record.verdict) : ""});
  for (const TraceContext& batch : record.work.batches) {
    if (server.links.size() < kMostLinks) {
      server.links.push_back({batch.trace_id, batch.parent_id});
    }
  }
  const EmbedTiming& timing = record.work.timing;
  const nanoseconds start = StartOfWork(server, record);
  const nanoseconds tokenized = start + microseconds(timing.tokenize_us);
  if (timing.tokenize_us > 0 || record.work.tokens > 0) {
    spans.push_back(Child(server, "tokenize", start, tokenized, ids));
  }
  if (!record.work.queue.empty()) {
    // What was never sent has waited until its end.
    const nanoseconds left =
        timing.queue_us > 0 ? start + microseconds(timing.queue_us) : server.end - record.serialize;
    spans.push_back(Child(server, "queue", tokenized, left, ids));
  }
  return spans;
}

std::vector<TraceSpan> SpansOf(const BatchRecord& record, nanoseconds to_unix) {
  std::vector<TraceSpan> spans;
  if (!record.trace.exists()) return spans;
  spans.reserve(2);
  TraceSpan& batch = spans.emplace_back(TraceSpan{.trace_id = record.trace.trace_id,
                                                  .span_id = record.trace.parent_id,
                                                  .name = "batch",
                                                  .start = record.sent + to_unix,
                                                  .end = record.returned + to_unix});
  batch.attributes = {Number("batch", record.batch), Number("items", record.items),
                      Number("tokens", record.tokens)};
  for (const TraceContext& call : record.traces.first(std::min(kMostLinks, record.traces.size()))) {
    batch.links.push_back({call.trace_id, call.span_id});
  }
  TraceSpan dispatch{.trace_id = batch.trace_id,
                     .span_id = record.trace.span_id,
                     .parent_id = batch.span_id,
                     .name = "dispatch",
                     .start = batch.start,
                     .end = batch.end};
  dispatch.attributes = {Number("lane", record.lane), Number("held_us", record.held.count()),
                         Number("execution_us", record.execution.count()),
                         Number("predicted_us", record.predicted.count())};
  if (record.worker) {
    dispatch.attributes.push_back(Text("worker_id", record.worker->id));
    dispatch.attributes.push_back(Text("incarnation", record.worker->incarnation));
  }
  spans.push_back(std::move(dispatch));
  return spans;
}

TraceContext NewBatchTrace(TraceIds& ids) {
  return {.trace_id = ids.NewTraceId(),
          .span_id = ids.NewSpanId(),
          .parent_id = ids.NewSpanId(),
          .is_sampled = true};
}

TraceSpan ForwardSpanOf(const Batch& batch, std::size_t items, microseconds execution,
                        nanoseconds end, TraceIds& ids) {
  return {.trace_id = batch.trace.trace_id,
          .span_id = ids.NewSpanId(),
          .parent_id = batch.trace.span_id,
          .has_remote_parent = true,
          .is_sampled = batch.trace.is_sampled,
          .name = "forward",
          .start = end - execution,
          .end = end,
          .attributes = {Number("batch", batch.id), Number("lane", batch.lane),
                         Number("items", items)}};
}

}  // namespace shoal
