#include "base/endpoint.h"

#include <sys/un.h>

namespace shoal {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

Result<Endpoint> ParseEndpoint(std::string_view text) {
  if (!text.starts_with(kUnix)) {
    ASSIGN_OR_RETURN(Address address, ParseAddress(text));
    return Endpoint{.address = std::move(address), .path = ""};
  }
  const std::string_view path = text.substr(kUnix.size());
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != path.npos) {
    return InvalidArgumentError("found \"" + std::string(text) +
                                "\", accepted unix:PATH with 1 to " + std::to_string(kMaxPath) +
                                " bytes of path");
  }
  return Endpoint{.address = {}, .path = std::string(path)};
}

std::string ToString(const Endpoint& endpoint) {
  return endpoint.is_unix() ? std::string(kUnix) + endpoint.path : ToString(endpoint.address);
}

}  // namespace shoal
