#include "tracing/otlp_json.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TraceSpan SomeSpan() {
  return {.trace_id = {0x5B, 0x8E, 0xFF, 0xF7, 0x98, 0x03, 0x81, 0x03, 0xD2, 0x69, 0xB6, 0x33, 0x81,
                       0x3F, 0xC6, 0x0C},
          .span_id = 0xEEE19B7EC3C1B174,
          .parent_id = 0xEEE19B7EC3C1B173,
          .has_remote_parent = true,
          .name = "server",
          .kind = TraceSpan::Kind::kServer,
          .start = std::chrono::nanoseconds(1544712660000000000),
          .end = std::chrono::nanoseconds(1544712661000000000),
          .attributes = {{"api", "grpc"}, {"texts", std::int64_t{3}}}};
}

// The shape of the example at
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json, with the ids
// in lower case.
TEST(OtlpJson, ASpanIsWrittenAsTheStandardWritesOne) {
  EXPECT_EQ(SpanJson(SomeSpan()),
            R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",)"
            R"("parentSpanId":"eee19b7ec3c1b173","flags":769,"name":"server","kind":2,)"
            R"("startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000",)"
            R"("attributes":[{"key":"api","value":{"stringValue":"grpc"}},)"
            R"({"key":"texts","value":{"intValue":"3"}}],"status":{}})");
}

TEST(OtlpJson, ARootHasNoParentAndALinkNamesAnotherSpan) {
  TraceSpan span{.trace_id = {1}, .span_id = 2, .is_sampled = false, .name = "batch"};
  span.links = {{.trace_id = {3}, .span_id = 4}};
  span.error = "attempts_exhausted";
  EXPECT_EQ(SpanJson(span),
            R"({"traceId":"01000000000000000000000000000000","spanId":"0000000000000002",)"
            R"("flags":256,"name":"batch","kind":1,"startTimeUnixNano":"0","endTimeUnixNano":"0",)"
            R"("attributes":[],)"
            R"("links":[{"traceId":"03000000000000000000000000000000",)"
            R"("spanId":"0000000000000004"}],)"
            R"("status":{"code":2,"message":"attempts_exhausted"}})");
}

TEST(OtlpJson, TheFrameIsARequestOnceSpansStandInIt) {
  const OtlpFrame frame = FrameOf({{"service.name", "shoal"}, {"worker_id", "w\"0"}}, "1.2");
  EXPECT_EQ(frame.before + "{}" + std::string(frame.behind),
            R"({"resourceSpans":[{"resource":{"attributes":[)"
            R"({"key":"service.name","value":{"stringValue":"shoal"}},)"
            R"({"key":"worker_id","value":{"stringValue":"w\"0"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"shoal","version":"1.2"},"spans":[{}]}]}]})");
}

}  // namespace
}  // namespace shoal
