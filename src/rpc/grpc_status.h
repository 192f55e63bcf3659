// Private to rpc. Our Status and gRPC's, which have the same codes.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>

#include "base/status.h"

namespace shoal {

Status FromGrpc(const grpc::Status& status);
// When the same request may succeed, as google.rpc.RetryInfo says it; 0: the server does not say.
std::chrono::milliseconds RetryAfterOf(const grpc::Status& status);
grpc::Status ToGrpc(const Status& status);

}  // namespace shoal
