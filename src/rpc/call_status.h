// Private to rpc. How a call of gRPC ends, as the wire says it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace shoal {

struct CallStatus {
  StatusCode code = StatusCode::kOk;
  std::string message;
  std::string details = {};  // a serialised google.rpc.Status, or empty
  std::vector<std::pair<std::string_view, std::string>> metadata = {};  // trailing; names: literals
};

}  // namespace shoal
