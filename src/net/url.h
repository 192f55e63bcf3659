// An absolute http or https URL, as far as a client needs it.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/status.h"

namespace shoal {

struct Url {
  bool tls = false;    // https
  Address address;     // the name in lower case; the port is never 0
  std::string target;  // path and query, begins with '/'

  // "example.com", "example.com:8080", "[::1]:80": for the Host header; the scheme's port is left
  // out.
  std::string Authority() const;
  std::string ToString() const;
  bool SameOrigin(const Url& other) const;
};

// Refused: other schemes, user names, blanks and control characters. A fragment is dropped.
Result<Url> ParseUrl(std::string_view text);

// What `reference` (a Location header: absolute, "//host/x", "/x" or "x?y") means at `base`.
Result<Url> ResolveUrl(const Url& base, std::string_view reference);

}  // namespace shoal
