// Private to rpc. Our Status and gRPC's, which have the same codes.
#pragma once

#include <grpcpp/support/status.h>

#include "base/status.h"

namespace shoal {

Status FromGrpc(const grpc::Status& status);
grpc::Status ToGrpc(const Status& status);

}  // namespace shoal
