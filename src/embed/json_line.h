// One line of JSON lines, of which one string is wanted. What is not wanted is only walked over: a
// number of any size, NaN and Infinity, a key twice and lone surrogates in it harm nobody.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

inline constexpr std::size_t kMaxJsonDepth = 512;  // of arrays and objects in one another

struct JsonLine {
  enum class Kind {
    kObject,
    kOther,       // an array, a string ...
    kUnfinished,  // the beginning of JSON that goes on in the next line, or was cut off
    kNoJson,
  };
  Kind kind = Kind::kNoJson;
  std::string_view type;          // "an object", "an array" ...; of kObject and kOther
  std::string error;              // of kUnfinished and kNoJson: what is wrong and where
  std::vector<std::string> keys;  // of the object, in its order
  // As written, of the members whose key was asked for.
  std::vector<std::string_view> values;
};

// `line` is valid UTF-8 and outlives what is returned. `key` is looked for in the outermost object.
JsonLine ReadJsonLine(std::string_view line, std::string_view key);

// The string that `key` has. INVALID_ARGUMENT says what was found and what is expected, and of
// `where`.
Result<std::string> StringOf(const JsonLine& line, std::string_view key, const std::string& where);

// Did whoever wrote `line` most likely mean JSON? True of whole objects, arrays and strings, of
// beginnings of objects and arrays, and of what is nearly one ({'a': 1}, {"a": 1,}). Lines such as
// "[1] Smith", "{{stub}}" or "42" are text.
bool LooksLikeJson(std::string_view line, const JsonLine& read);

}  // namespace shoal
