#include "edge/request_id.h"

#include <algorithm>

#include "base/rng.h"

namespace shoal {
namespace {

constexpr std::size_t kLongestRequestId = 128;
constexpr int kHexDigits = 16;

}  // namespace

bool IsRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestRequestId &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string RequestIds::New() {
  // The first number of SplitMix64 is a one-to-one function of its seed.
  std::uint64_t number = Rng(next_.fetch_add(1, std::memory_order_relaxed)).Next();
  std::string id(kHexDigits, '0');
  for (auto digit = id.rbegin(); digit != id.rend(); ++digit, number >>= 4) {
    *digit = "0123456789abcdef"[number & 15];
  }
  return id;
}

std::string RequestIds::Choose(std::string_view first, std::string_view second) {
  if (IsRequestId(first)) return std::string(first);
  if (IsRequestId(second)) return std::string(second);
  return New();
}

}  // namespace shoal
