// Private to json. The insides of strings and numbers as RFC 8259 writes them.
#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

bool IsJsonNumber(std::string_view text);

struct Unescaped {
  enum class Outcome {
    kDone,
    kBadEscape,
    kHalfPair,  // an escaped surrogate without its other half
  };
  Outcome outcome;
  std::size_t size;  // of what was written: all of it, or what stands before the escape
  std::size_t at;    // where that escape begins in the text
};

// What stands between the quotation marks, with the characters that escapes mean, written to `to`,
// which has room for as many bytes as `text` has.
Unescaped UnescapeJson(std::string_view text, char* to);

}  // namespace shoal
