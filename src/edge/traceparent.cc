#include "edge/traceparent.h"

#include "base/hex.h"
#include "base/rng.h"

namespace shoal {
namespace {

constexpr std::size_t kVersion = 0;
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kSpanId = 36;
constexpr std::size_t kFlags = 53;
constexpr std::size_t kSize = 55;  // of version 00
constexpr std::size_t kHalf = 16;  // hex digits of 64 bits
constexpr std::uint64_t kSampled = 1;

// Lower case only, as the standard wants it.
std::optional<std::uint64_t> HexNumber(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(c >= 'a' && c <= 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

void Store(std::uint64_t value, std::uint8_t* to) {
  for (int shift = 56; shift >= 0; shift -= 8) *to++ = static_cast<std::uint8_t>(value >> shift);
}

std::array<std::uint8_t, 16> TraceIdOf(std::uint64_t high, std::uint64_t low) {
  std::array<std::uint8_t, 16> id;
  Store(high, id.data());
  Store(low, id.data() + 8);
  return id;
}

bool HasShape(std::string_view text) {
  if (text.size() < kSize) return false;
  for (const std::size_t dash : {kTraceId - 1, kSpanId - 1, kFlags - 1}) {
    if (text[dash] != '-') return false;
  }
  return true;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view text) {
  if (!HasShape(text)) return std::nullopt;
  const auto version = HexNumber(text.substr(kVersion, 2));
  const auto high = HexNumber(text.substr(kTraceId, kHalf));
  const auto low = HexNumber(text.substr(kTraceId + kHalf, kHalf));
  const auto span = HexNumber(text.substr(kSpanId, kHalf));
  const auto flags = HexNumber(text.substr(kFlags, 2));
  if (!version || !high || !low || !span || !flags) return std::nullopt;
  if (*version == 0xFF || (*version == 0 && text.size() != kSize)) return std::nullopt;
  if (text.size() > kSize && text[kSize] != '-') return std::nullopt;
  if ((*high | *low) == 0 || *span == 0) return std::nullopt;
  return TraceContext{.trace_id = TraceIdOf(*high, *low),
                      .parent_id = *span,
                      .is_sampled = (*flags & kSampled) != 0};
}

std::string FormatTraceparent(const TraceContext& trace) {
  return "00-" + Hex(trace.trace_id) + "-" + Hex(trace.span_id) +
         (trace.is_sampled ? "-01" : "-00");
}

TraceIds::TraceIds(std::uint64_t seed) : key_(Rng(~seed).Next()), next_(seed) {}

std::uint64_t TraceIds::New() {
  // The first number of SplitMix64 is a one-to-one function of its seed: one seed makes zero.
  std::uint64_t number = 0;
  while (number == 0) number = Rng(next_.fetch_add(1, std::memory_order_relaxed)).Next();
  return number;
}

std::uint64_t TraceIds::NewSpanId() { return New(); }

std::array<std::uint8_t, 16> TraceIds::NewTraceId() {
  const std::uint64_t high = New();
  return TraceIdOf(high, Rng(high ^ key_).Next());
}

}  // namespace shoal
