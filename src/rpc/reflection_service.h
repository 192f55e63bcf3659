// Private to rpc. grpc.reflection, v1 and v1alpha: what a tool without .proto files asks.
#pragma once

#include "rpc/server_call.h"

namespace shoal {

// Of the services that `methods` has by then, and its own.
void AddReflectionMethods(MethodTable& methods);

}  // namespace shoal
