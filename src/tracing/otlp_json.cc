#include "tracing/otlp_json.h"

#include "base/hex.h"
#include "base/overloaded.h"
#include "json/writer.h"

namespace shoal {
namespace {

// Of Span.flags: that the next bit is said, and that the parent is of another process.
constexpr std::uint32_t kSaysRemote = 0x100;
constexpr std::uint32_t kIsRemote = 0x200;
constexpr int kStatusError = 2;

void WriteAttribute(JsonWriter& json, const SpanAttribute& attribute) {
  json.BeginObject().Key("key").String(attribute.name).Key("value").BeginObject();
  std::visit(Overloaded{
                 [&](const std::string& text) { json.Key("stringValue").String(text); },
                 [&](std::int64_t number) { json.Key("intValue").String(std::to_string(number)); },
             },
             attribute.value);
  json.EndObject().EndObject();
}

void WriteLink(JsonWriter& json, const SpanLink& link) {
  json.BeginObject().Key("traceId").String(Hex(link.trace_id));
  json.Key("spanId").String(Hex(link.span_id)).EndObject();
}

std::uint32_t FlagsOf(const TraceSpan& span) {
  return kSaysRemote | (span.has_remote_parent ? kIsRemote : 0) | (span.is_sampled ? 1 : 0);
}

}  // namespace

std::string SpanJson(const TraceSpan& span) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("traceId").String(Hex(span.trace_id));
  json.Key("spanId").String(Hex(span.span_id));
  if (span.parent_id != 0) json.Key("parentSpanId").String(Hex(span.parent_id));
  json.Key("flags").UInt(FlagsOf(span)).Key("name").String(span.name);
  json.Key("kind").Int(static_cast<int>(span.kind));
  json.Key("startTimeUnixNano").String(std::to_string(span.start.count()));
  json.Key("endTimeUnixNano").String(std::to_string(span.end.count()));
  json.Key("attributes").BeginArray();
  for (const SpanAttribute& attribute : span.attributes) WriteAttribute(json, attribute);
  json.EndArray();
  if (!span.links.empty()) {
    json.Key("links").BeginArray();
    for (const SpanLink& link : span.links) WriteLink(json, link);
    json.EndArray();
  }
  json.Key("status").BeginObject();
  if (!span.error.empty()) json.Key("code").Int(kStatusError).Key("message").String(span.error);
  json.EndObject().EndObject();
  return text;
}

OtlpFrame FrameOf(const ResourceFields& resource, std::string_view version) {
  OtlpFrame frame{.before = "", .behind = "]}]}]}"};
  JsonWriter json(frame.before);
  json.BeginObject().Key("resourceSpans").BeginArray().BeginObject();
  json.Key("resource").BeginObject().Key("attributes").BeginArray();
  for (const auto& [name, value] : resource) WriteAttribute(json, {name, value});
  json.EndArray().EndObject();
  json.Key("scopeSpans").BeginArray().BeginObject();
  json.Key("scope").BeginObject().Key("name").String("shoal").Key("version").String(version);
  json.EndObject().Key("spans").BeginArray();
  return frame;
}

}  // namespace shoal
