#include "edge/operator_access.h"

#include "base/ascii.h"
#include "base/secret.h"
#include "edge/client_key.h"

namespace shoal {
namespace {

constexpr std::string_view kBearer = "bearer ";

// Empty: it is of no such kind.
std::string_view TokenIn(std::string_view authorization) {
  if (AsciiLower(authorization.substr(0, kBearer.size())) != kBearer) return {};
  authorization.remove_prefix(kBearer.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  while (authorization.ends_with(' ')) authorization.remove_suffix(1);
  return authorization;
}

}  // namespace

std::optional<Status> OperatorAccess::WhyNot(std::string_view authorization,
                                             std::string_view peer) const {
  if (token_.empty()) {
    if (IsLoopbackPeer(peer)) return std::nullopt;
    return Status(StatusCode::kPermissionDenied,
                  "this is for callers of the server's own machine, as the server has no "
                  "--operator-token-file; with one, for who shows its token");
  }
  const std::string_view given = TokenIn(authorization);
  if (SameSecret(given, token_)) return std::nullopt;
  return Status(StatusCode::kUnauthenticated,
                given.empty()
                    ? "this is for who sends \"Authorization: Bearer TOKEN\" with the token "
                      "of the server's --operator-token-file; found none"
                    : "the token that came is not that of the server's "
                      "--operator-token-file");
}

std::optional<Status> OperatorAccess::WhyNotFromAfar(std::string_view authorization,
                                                     std::string_view peer) const {
  if (IsLoopbackPeer(peer)) return std::nullopt;
  return WhyNot(authorization, peer);
}

}  // namespace shoal
