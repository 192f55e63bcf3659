#include "json/scalar.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace shoal {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsHigh(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The "\uXXXX" at `at`.
std::optional<std::uint32_t> UnitAt(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    unit <<= 4;
    if (IsDigit(c)) {
      unit |= static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit |= static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

char* AppendUtf8(std::uint32_t code, char* to) {
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  const auto put_low = [&](int shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put_low(0);
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put_low(6);
    put_low(0);
  } else {
    put(0xF0 | (code >> 18));
    put_low(12);
    put_low(6);
    put_low(0);
  }
  return to;
}

}  // namespace

bool IsJsonNumber(std::string_view text) {
  std::size_t at = 0;
  const auto is_at = [&](char c) { return at < text.size() && text[at] == c; };
  const auto take_digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > first;
  };
  if (is_at('-')) ++at;
  if (is_at('0')) {
    ++at;
  } else if (!take_digits()) {
    return false;
  }
  if (is_at('.')) {
    ++at;
    if (!take_digits()) return false;
  }
  if (is_at('e') || is_at('E')) {
    ++at;
    if (is_at('+') || is_at('-')) ++at;
    if (!take_digits()) return false;
  }
  return at == text.size();
}

Unescaped UnescapeJson(std::string_view text, char* const to) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  using Outcome = Unescaped::Outcome;
  char* end = to;
  const auto result = [&](Outcome outcome, std::size_t at) {
    return Unescaped{outcome, static_cast<std::size_t>(end - to), at};
  };
  for (std::size_t at = 0;;) {
    const std::size_t escape = std::min(text.find('\\', at), text.size());
    std::memcpy(end, text.data() + at, escape - at);
    end += escape - at;
    at = escape;
    if (at == text.size()) return result(Outcome::kDone, at);
    if (const std::size_t letter = kLetters.find(text.substr(at + 1, 1));
        at + 1 < text.size() && letter != std::string_view::npos) {
      *end++ = kMeant[letter];
      at += 2;
      continue;
    }
    const std::optional<std::uint32_t> unit = UnitAt(text, at);
    if (!unit) return result(Outcome::kBadEscape, at);
    std::uint32_t code = *unit;
    at += 6;
    if (IsHigh(code)) {
      const std::uint32_t low = UnitAt(text, at).value_or(0);
      if (!IsLow(low)) return result(Outcome::kHalfPair, at - 6);
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    } else if (IsLow(code)) {
      return result(Outcome::kHalfPair, at - 6);
    }
    end = AppendUtf8(code, end);
  }
}

}  // namespace shoal
