// Private to rpc. A Refusal as clients of gRPC see it.
#pragma once

#include "api/verdict.h"
#include "proto/google/rpc/status.pb.h"
#include "rpc/call_status.h"

namespace shoal {

// The code of CodeOf(verdict), the message, ErrorInfo (the verdict's word, domain "shoal") and,
// where trying again helps, RetryInfo.
google::rpc::Status DetailsOf(const Refusal& refusal);

// The code of CodeOf(verdict) and, as details, DetailsOf(refusal). As metadata `x-shoal-reason`
// and, with RetryInfo, `grpc-retry-pushback-ms`.
CallStatus ToCallStatus(const Refusal& refusal);

}  // namespace shoal
