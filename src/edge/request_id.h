// The name of a request, the same in replies, logs and traces: the client's own if it is fit to be
// printed, else a new one.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

// 1 to 128 printable ASCII characters.
bool IsRequestId(std::string_view id);

// Makes ids: 16 hex digits. No two of one maker are equal (2^64 pass before it repeats itself).
// Thread-safe.
class RequestIds {
 public:
  explicit RequestIds(std::uint64_t seed) : next_(seed) {}

  std::string New();

  // The first of the two that is a request id, else a new one.
  std::string Choose(std::string_view first, std::string_view second);

 private:
  std::atomic<std::uint64_t> next_;
};

}  // namespace shoal
