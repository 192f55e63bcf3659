// The word that a text starts with, found eight bytes at a time: in prose nearly every word is at
// most 16 ASCII letters and digits, and needs no look at its single characters.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shoal {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

// The bytes of a word of up to 16, the first one lowest; zero behind them.
struct WordBlock {
  static constexpr std::size_t kSize = 16;

  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const WordBlock&, const WordBlock&) = default;
};

inline constexpr std::uint64_t kEachByte = 0x0101010101010101u;

// Keeps the first `size` <= 8 bytes.
inline std::uint64_t FirstBytes(std::uint64_t bytes, std::size_t size) {
  return size == 0 ? 0 : bytes & (~std::uint64_t{0} >> (64 - 8 * size));
}

// How many of eight bytes, from the lowest, are ASCII letters and digits.
inline std::size_t LeadingAlphanumerics(std::uint64_t bytes) {
  // Sets the top bit of each byte of 7 bits that is at least `limit`.
  const auto at_least = [](std::uint64_t seven_bits, std::uint64_t limit) {
    return seven_bits + kEachByte * (128 - limit);
  };
  const std::uint64_t digits = bytes & (kEachByte * 0x7F);
  const std::uint64_t letters = digits | (kEachByte * 0x20);
  const std::uint64_t is_digit = at_least(digits, '0') & ~at_least(digits, '9' + 1);
  const std::uint64_t is_letter = at_least(letters, 'a') & ~at_least(letters, 'z' + 1);
  const std::uint64_t others = ~((is_digit | is_letter) & ~bytes) & (kEachByte * 0x80);
  return static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

// The ASCII letters and digits at `text`, of which 16 bytes can be read: puts them into `word`, in
// lower case if `lower_case`, and returns how many. 16: there may be more of them.
inline std::size_t ReadAsciiWord(const char* text, bool lower_case, WordBlock* word) {
  // This bit is the case of a letter, and is set in every digit.
  const std::uint64_t case_bits = lower_case ? kEachByte * 0x20 : 0;
  std::uint64_t bytes[2];
  std::memcpy(bytes, text, sizeof bytes);
  std::size_t size = LeadingAlphanumerics(bytes[0]);
  *word = {.low = FirstBytes(bytes[0] | case_bits, size), .high = 0};
  if (size == 8) {
    const std::size_t more = LeadingAlphanumerics(bytes[1]);
    word->high = FirstBytes(bytes[1] | case_bits, more);
    size += more;
  }
  return size;
}

}  // namespace shoal
