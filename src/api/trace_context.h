// Which trace a request belongs to, as W3C's Trace Context has it.
#pragma once

#include <array>
#include <cstdint>

namespace shoal {

struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};  // all zero: none
  std::uint64_t span_id = 0;                // of this server's part
  std::uint64_t parent_id = 0;              // of the caller's; 0: it named none
  bool is_sampled = false;

  bool exists() const { return trace_id != std::array<std::uint8_t, 16>{}; }
};

// Which traces are recorded, decided when a call arrives.
struct TraceSampler {
  enum class Choice { kAll, kNone, kRatio };
  Choice choice = Choice::kAll;
  double ratio = 1;             // kRatio: of all traces, 0 to 1
  bool is_parent_based = true;  // of a trace that a caller began its word counts
};

}  // namespace shoal
