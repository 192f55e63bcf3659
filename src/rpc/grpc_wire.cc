#include "rpc/grpc_wire.h"

#include <charconv>
#include <cstdint>

namespace shoal {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMaxTimeoutDigits = 8;
constexpr nanoseconds kLongestTimeout = std::chrono::days(100);

// 0: no unit.
nanoseconds UnitOf(char letter) {
  switch (letter) {
    case 'H':
      return std::chrono::hours(1);
    case 'M':
      return std::chrono::minutes(1);
    case 'S':
      return std::chrono::seconds(1);
    case 'm':
      return std::chrono::milliseconds(1);
    case 'u':
      return std::chrono::microseconds(1);
    case 'n':
      return nanoseconds(1);
    default:
      return nanoseconds(0);
  }
}

}  // namespace

std::optional<nanoseconds> ParseGrpcTimeout(std::string_view value) {
  if (value.size() < 2 || value.size() > kMaxTimeoutDigits + 1) return std::nullopt;
  const nanoseconds unit = UnitOf(value.back());
  const char* const end = value.data() + value.size() - 1;
  std::uint32_t count = 0;
  const auto read = std::from_chars(value.data(), end, count);
  if (unit.count() == 0 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return count > kLongestTimeout / unit ? kLongestTimeout : count * unit;
}

std::string PercentEncoded(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7E && c != '%') {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

bool IsGrpcContentType(std::string_view value) {
  constexpr std::string_view kType = "application/grpc";
  if (!value.starts_with(kType)) return false;
  value.remove_prefix(kType.size());
  return value.empty() || value.front() == '+' || value.front() == ';';
}

}  // namespace shoal
