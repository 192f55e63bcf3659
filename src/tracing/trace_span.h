// A span, as OpenTelemetry has it: one stretch of a trace.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shoal {

struct SpanAttribute {
  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};

struct SpanLink {
  std::array<std::uint8_t, 16> trace_id{};
  std::uint64_t span_id = 0;
};

struct TraceSpan {
  // As OTLP numbers them.
  enum class Kind { kInternal = 1, kServer = 2 };

  std::array<std::uint8_t, 16> trace_id{};
  std::uint64_t span_id = 0;
  std::uint64_t parent_id = 0;  // 0: it is the first of its trace
  bool has_remote_parent = false;
  bool is_sampled = true;  // else it is recorded for what became of it
  std::string_view name;
  Kind kind = Kind::kInternal;
  std::chrono::nanoseconds start{0};  // since 1970
  std::chrono::nanoseconds end{0};
  std::vector<SpanAttribute> attributes;
  std::vector<SpanLink> links;
  std::string_view error;  // why it failed; empty: it did not
};

}  // namespace shoal
