#include "rpc/operator_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "edge/client_key.h"
#include "proto/shoal/operator.grpc.pb.h"
#include "rpc/grpc_status.h"

namespace shoal {
namespace {

class OperatorService final : public Operator::CallbackService {
 public:
  explicit OperatorService(OperatorHandler& handler) : handler_(handler) {}

  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context, const DrainRequest* request,
                                  DrainResponse* /*response*/) override {
    return SetDrained(*context, request->worker_id(), true);
  }

  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context,
                                   const ResumeRequest* request,
                                   ResumeResponse* /*response*/) override {
    return SetDrained(*context, request->worker_id(), false);
  }

 private:
  grpc::ServerUnaryReactor* SetDrained(grpc::CallbackServerContext& context,
                                       const std::string& worker_id, bool drained) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    if (!IsLoopbackPeer(context.peer())) {
      reactor->Finish({grpc::StatusCode::PERMISSION_DENIED,
                       "shoal.Operator answers callers of the server's own machine only"});
    } else if (worker_id.empty()) {
      reactor->Finish({grpc::StatusCode::INVALID_ARGUMENT, "worker_id is empty"});
    } else {
      handler_.SetWorkerDrained(
          worker_id, drained, [reactor](const Status& status) { reactor->Finish(ToGrpc(status)); });
    }
    return reactor;
  }

  OperatorHandler& handler_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOperatorService(OperatorHandler& handler) {
  return std::make_unique<OperatorService>(handler);
}

}  // namespace shoal
