// Base64 of RFC 4648, section 4: the standard alphabet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shoal {

// With '=' at the end, to a multiple of four characters.
std::string Base64(std::string_view bytes);
void AppendBase64(std::string& out, std::string_view bytes);
std::string UnpaddedBase64(std::string_view bytes);

// With all of the '=' or none. Nothing: other characters, or bits at the end that no encoder sets.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace shoal
