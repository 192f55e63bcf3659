#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace shoal {
namespace {

bool IsAscii8(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080ull) == 0;
}

// Length of the valid sequence of two or more bytes at the front of `text`, 0 if there is none.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> FirstInvalidUtf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size() && IsAscii8(text.data() + i)) {
      i += 8;
    } else if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
    } else {
      const std::size_t length = SequenceLength(text.substr(i));
      if (length == 0) return i;
      i += length;
    }
  }
  return std::nullopt;
}

std::string_view CutUtf8(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  const auto within = [&] { return (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80; };
  while (size > 0 && within()) --size;
  return text.substr(0, size);
}

std::string ReadableUtf8(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string readable;
  while (const std::optional<std::size_t> bad = FirstInvalidUtf8(text)) {
    const auto byte = static_cast<unsigned char>(text[*bad]);
    readable += text.substr(0, *bad);
    readable += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    text.remove_prefix(*bad + 1);
  }
  return readable.append(text);
}

}  // namespace shoal
