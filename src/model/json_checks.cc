#include "model/json_checks.h"

#include <algorithm>
#include <span>
#include <string>

namespace shoal {
namespace {

// "a" or "b"
std::string Quoted(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "\"" : " or \"") + std::string(word) + "\"";
  }
  return text;
}

}  // namespace

std::optional<JsonValue> Given(const JsonValue& object, std::string_view key) {
  std::optional<JsonValue> value = object.Find(key);
  if (value.has_value() && value->is_null()) value.reset();
  return value;
}

Status Unsupported(const JsonValue& at, std::string_view found, std::string_view expected) {
  return UnimplementedError(at.Where() + "is " + std::string(found) + ", Shoal supports " +
                            std::string(expected));
}

Status OneOf(const JsonValue& value, std::initializer_list<std::string_view> accepted) {
  ASSIGN_OR_RETURN(const std::string text, value.AsString());
  if (std::ranges::find(accepted, text) != accepted.end()) return {};
  return Unsupported(value, "\"" + text + "\"", Quoted(accepted));
}

Status OnlyString(const JsonValue& object, std::string_view key,
                  std::initializer_list<std::string_view> accepted) {
  const std::optional<JsonValue> value = Given(object, key);
  return value.has_value() ? OneOf(*value, accepted) : Status();
}

Status OnlyBool(const JsonValue& object, std::string_view key, bool expected) {
  const std::optional<JsonValue> value = Given(object, key);
  if (!value.has_value()) return {};
  ASSIGN_OR_RETURN(const bool found, value->AsBool());
  if (found == expected) return {};
  return Unsupported(*value, found ? "true" : "false", expected ? "true" : "false");
}

Status OnlyEmpty(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = Given(object, key);
  if (!value.has_value()) return {};
  if ((value->is_array() || value->is_object()) && value->size() == 0) return {};
  return Unsupported(*value, "given", "none");
}

}  // namespace shoal
