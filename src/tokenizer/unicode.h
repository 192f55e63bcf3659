// What the reference's normaliser asks about one code point. Its Unicode tables are partly older
// and partly newer than ours; where they differ, the answers are the reference's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal {

// Decodes the code point of valid UTF-8 at `*position` and moves behind it.
char32_t NextCodePoint(std::string_view text, std::size_t* position);

// Where the code point of valid UTF-8 begins that ends at `position` > 0.
std::size_t PreviousCodePoint(std::string_view text, std::size_t position);

// Writes `code_point` as UTF-8 to `out` (room for 4) and returns its size.
int WriteCodePoint(char32_t code_point, std::uint8_t* out);

// Control, format and private-use characters, U+FFFD: removed before anything else looks.
bool IsRemoved(char32_t code_point);
bool IsSpace(char32_t code_point);
// Chinese characters: each is a word.
bool IsIdeograph(char32_t code_point);
bool IsPunctuation(char32_t code_point);
bool IsNonspacingMark(char32_t code_point);
// What `\w` and `\s` are in the reference's regular expressions.
bool IsWordCharacter(char32_t code_point);
bool IsWhiteSpace(char32_t code_point);
char32_t ToLower(char32_t code_point);

// Canonical decomposition, at most kMaxDecomposed code points; returns how many.
inline constexpr int kMaxDecomposed = 8;
int Decompose(char32_t code_point, char32_t* out);
// 0: a starter. Others are sorted by it, stably, up to the next starter.
int CombiningClass(char32_t code_point);

}  // namespace shoal
