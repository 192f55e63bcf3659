// Where a stream socket listens or is reached: HOST:PORT, or a path of this machine's files.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/status.h"

namespace shoal {

struct Endpoint {
  Address address;   // where `path` is empty
  std::string path;  // of a Unix-domain socket
  bool operator==(const Endpoint&) const = default;

  bool is_unix() const { return !path.empty(); }
};

// "unix:PATH" or HOST:PORT. INVALID_ARGUMENT says what was found and what is accepted; a path has
// at most 107 bytes.
Result<Endpoint> ParseEndpoint(std::string_view text);

// What ParseEndpoint reads.
std::string ToString(const Endpoint& endpoint);

}  // namespace shoal
