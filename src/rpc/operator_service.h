// Private to rpc. The service shoal.Operator (proto/shoal/operator.proto), on the public server.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "api/operator.h"

namespace shoal {

// `handler` outlives the service. Callers of other machines are refused with PERMISSION_DENIED
// before the handler hears of them.
std::unique_ptr<grpc::Service> MakeOperatorService(OperatorHandler& handler);

}  // namespace shoal
