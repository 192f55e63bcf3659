#include "base/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace shoal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 64;

using Pair = std::array<char, 2>;

constexpr std::array<Pair, 4096> AllPairs() {
  std::array<Pair, 4096> pairs = {};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits) {
    pairs[bits] = {kAlphabet[bits >> 6], kAlphabet[bits & 63]};
  }
  return pairs;
}

constexpr std::array<std::uint8_t, 256> AllDigits() {
  std::array<std::uint8_t, 256> digits = {};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr std::array<Pair, 4096> kPairs = AllPairs();  // of 12 bits, two characters
constexpr std::array<std::uint8_t, 256> kDigits = AllDigits();

std::uint32_t ByteAt(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

// Without '='; `to` has room for four characters for each three bytes begun. Returns the end.
char* Encode(std::string_view bytes, char* to) {
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits =
        ByteAt(bytes, i) << 16 | ByteAt(bytes, i + 1) << 8 | ByteAt(bytes, i + 2);
    std::memcpy(to, kPairs[bits >> 12].data(), 2);
    std::memcpy(to + 2, kPairs[bits & 4095].data(), 2);
    to += 4;
  }
  if (i == bytes.size()) return to;
  const bool two = bytes.size() - i == 2;
  const std::uint32_t bits = ByteAt(bytes, i) << 16 | (two ? ByteAt(bytes, i + 1) << 8 : 0);
  std::memcpy(to, kPairs[bits >> 12].data(), 2);
  to += 2;
  if (two) *to++ = kAlphabet[bits >> 6 & 63];
  return to;
}

}  // namespace

void AppendBase64(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  out.resize(before + (bytes.size() + 2) / 3 * 4, '=');
  Encode(bytes, out.data() + before);
}

std::string Base64(std::string_view bytes) {
  std::string out;
  AppendBase64(out, bytes);
  return out;
}

std::string UnpaddedBase64(std::string_view bytes) {
  std::string out = Base64(bytes);
  out.resize((bytes.size() * 4 + 2) / 3);
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  const std::size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  std::string bytes(text.size() * 3 / 4, '\0');
  std::uint32_t seen = 0;  // all digits together: bit 6 is only that of what is none
  const auto digit = [&](std::size_t i) {
    const std::uint32_t value = kDigits[static_cast<unsigned char>(text[i])];
    seen |= value;
    return value;
  };
  char* to = bytes.data();
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const std::uint32_t bits =
        digit(i) << 18 | digit(i + 1) << 12 | digit(i + 2) << 6 | digit(i + 3);
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  if (rest > 0) {
    const std::uint32_t bits =
        digit(i) << 18 | digit(i + 1) << 12 | (rest == 3 ? digit(i + 2) << 6 : 0);
    *to++ = static_cast<char>(bits >> 16);
    if (rest == 3) *to++ = static_cast<char>(bits >> 8);
    if ((bits & (rest == 3 ? 0xFFu : 0xFFFFu)) != 0) return std::nullopt;
  }
  if ((seen & kNoDigit) != 0) return std::nullopt;
  return bytes;
}

}  // namespace shoal
