// Is this text valid UTF-8? (Unicode 15, table 3-7: no overlong forms, no surrogates, at most
// U+10FFFF.)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

// The offset of the first byte that is not part of a valid sequence; nothing if all of them are.
// ASCII runs are skipped eight bytes at a time.
std::optional<std::size_t> FirstInvalidUtf8(std::string_view text);

// The front of `text`, at most `size` bytes, cut between two characters.
std::string_view CutUtf8(std::string_view text, std::size_t size);

// The text with each byte that is not part of a valid sequence written as \xFF: for messages about
// what the system gave (a path, an argument), which may hold any byte.
std::string ReadableUtf8(std::string_view text);

}  // namespace shoal
