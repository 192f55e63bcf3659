// Private to rpc. A Refusal as clients of gRPC see it.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "api/verdict.h"

namespace shoal {

// The code of CodeOf(verdict) and, as details, a google.rpc.Status with ErrorInfo (the verdict's
// word, domain "shoal") and RetryInfo where trying again helps. Adds the trailing metadata
// `x-shoal-reason` and, with RetryInfo, `grpc-retry-pushback-ms`. Call it just before Finish.
grpc::Status ToGrpc(const Refusal& refusal, grpc::ServerContextBase& context);

}  // namespace shoal
