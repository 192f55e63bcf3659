// What a file of a model folder may say, key by key: what is not accepted is refused with the key,
// what was found and what is accepted. Errors are INVALID_ARGUMENT or UNIMPLEMENTED.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace shoal {

// A member that may be absent or null.
std::optional<JsonValue> Given(const JsonValue& object, std::string_view key);

// "file: key is FOUND, Shoal supports EXPECTED".
Status Unsupported(const JsonValue& at, std::string_view found, std::string_view expected);

Status OneOf(const JsonValue& value, std::initializer_list<std::string_view> accepted);

// Where `key` is given it must be one of `accepted`.
Status OnlyString(const JsonValue& object, std::string_view key,
                  std::initializer_list<std::string_view> accepted);

// Where `key` is given it must be `expected`.
Status OnlyBool(const JsonValue& object, std::string_view key, bool expected);

// Where `key` is given it must be empty; an empty list or object says nothing.
Status OnlyEmpty(const JsonValue& object, std::string_view key);

}  // namespace shoal
