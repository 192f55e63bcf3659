#include "rpc/operator_client.h"

#include <grpcpp/grpcpp.h>

#include "proto/shoal/operator.grpc.pb.h"
#include "rpc/grpc_status.h"

namespace shoal {

Status SetWorkerDrained(const std::string& address, const std::string& worker_id, bool drained,
                        const std::string& token, std::chrono::milliseconds timeout) {
  const auto stub =
      Operator::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                    gpr_time_from_millis(timeout.count(), GPR_TIMESPAN)));
  if (drained) {
    DrainRequest request;
    request.set_worker_id(worker_id);
    DrainResponse response;
    return FromGrpc(stub->Drain(&context, request, &response));
  }
  ResumeRequest request;
  request.set_worker_id(worker_id);
  ResumeResponse response;
  return FromGrpc(stub->Resume(&context, request, &response));
}

}  // namespace shoal
