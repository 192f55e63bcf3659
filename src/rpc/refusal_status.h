// Private to rpc. A Refusal as clients of gRPC see it.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "api/verdict.h"
#include "proto/google/rpc/status.pb.h"

namespace shoal {

// The code of CodeOf(verdict), the message, ErrorInfo (the verdict's word, domain "shoal") and,
// where trying again helps, RetryInfo.
google::rpc::Status DetailsOf(const Refusal& refusal);

// The code of CodeOf(verdict) and, as details, DetailsOf(refusal). Adds the trailing metadata
// `x-shoal-reason` and, with RetryInfo, `grpc-retry-pushback-ms`. Call it just before Finish.
grpc::Status ToGrpc(const Refusal& refusal, grpc::ServerContextBase& context);

}  // namespace shoal
