// The header `traceparent` of W3C's Trace Context (https://www.w3.org/TR/trace-context/), and new
// ids for traces and spans.
//
//   00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//   version  trace id                   span id          flags, of which bit 0 is "sampled"
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/trace_context.h"

namespace shoal {

// What a caller said: its span is the parent. Nothing: it is none that the standard lets pass. Of a
// version after 00 the parts of 00 are read, and what follows them is passed over.
std::optional<TraceContext> ParseTraceparent(std::string_view text);

// Of this server's span, as version 00.
std::string FormatTraceparent(const TraceContext& trace);

// Makes ids that are not zero. No two span ids of one maker are equal. Thread-safe.
class TraceIds {
 public:
  explicit TraceIds(std::uint64_t seed);

  std::array<std::uint8_t, 16> NewTraceId();
  std::uint64_t NewSpanId();

 private:
  std::uint64_t New();

  std::uint64_t key_;
  std::atomic<std::uint64_t> next_;
};

}  // namespace shoal
