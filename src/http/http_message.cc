#include "http/http_message.h"

#include <algorithm>

#include "base/ascii.h"

namespace shoal {

void HttpHeaders::Add(std::string_view name, std::string_view value) {
  std::string lower = AsciiLower(name);
  if (std::string* const found = FindValue(lower)) {
    found->append(", ").append(value);
  } else {
    fields_.push_back({.name = std::move(lower), .value = std::string(value)});
  }
}

void HttpHeaders::Set(std::string_view name, std::string_view value) {
  if (std::string* const found = FindValue(name)) {
    found->assign(value);
  } else {
    fields_.push_back({.name = std::string(name), .value = std::string(value)});
  }
}

std::optional<std::string_view> HttpHeaders::Find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const HttpField& field) { return field.name == name; });
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

std::string* HttpHeaders::FindValue(std::string_view name) {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const HttpField& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &found->value;
}

}  // namespace shoal
