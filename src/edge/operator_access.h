// Who may change a server that runs, or read what is not for everybody: who shows the operator's
// token; without one, whoever calls from this machine. The same over HTTP and gRPC. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace shoal {

class OperatorAccess {
 public:
  OperatorAccess() = default;
  // `token` is empty: there is none.
  explicit OperatorAccess(std::string token) : token_(std::move(token)) {}

  // Nothing: granted. `authorization` is the header of that name, or empty; `peer` as
  // IsLoopbackPeer reads it. UNAUTHENTICATED: another token, or none, where one is asked for.
  // PERMISSION_DENIED: there is no token, and the caller is somewhere else.
  std::optional<Status> WhyNot(std::string_view authorization, std::string_view peer) const;

  // The same of what callers of this machine may do without the token too.
  std::optional<Status> WhyNotFromAfar(std::string_view authorization, std::string_view peer) const;

 private:
  std::string token_;
};

}  // namespace shoal
