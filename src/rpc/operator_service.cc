#include "rpc/operator_service.h"

#include <memory>
#include <string>
#include <utility>

#include "proto/shoal/operator.pb.h"
#include "rpc/unary_method.h"

namespace shoal {
namespace {

// A call that is answered later, if it still waits then.
struct Waiting {
  ServerCall* call = nullptr;  // null: it has ended
};

template <typename Request, typename Response>
class SetDrained final : public UnaryMethod {
 public:
  SetDrained(ServerCall& call, bool drained, OperatorHandler& handler, const OperatorAccess& access,
             const Post& post)
      : UnaryMethod(call),
        drained_(drained),
        handler_(handler),
        access_(access),
        post_(post),
        waiting_(std::make_shared<Waiting>(Waiting{&call})) {}
  ~SetDrained() override { waiting_->call = nullptr; }

 private:
  void TakeRequest(std::string_view message, ByteBudget::Hold /*hold*/) override {
    Request request;
    Parse(message, request);
    worker_id_ = request.worker_id();
  }

  void Serve() override {
    if (const auto why = access_.WhyNot(call().authorization(), call().peer())) {
      return call().Finish({why->code(), why->message()});
    }
    if (worker_id_.empty()) {
      return call().Finish({StatusCode::kInvalidArgument, "worker_id is empty"});
    }
    handler_.SetWorkerDrained(worker_id_, drained_,
                              [post = post_, waiting = waiting_](const Status& status) {
                                post([waiting, status] { Answer(*waiting, status); });
                              });
  }

  static void Answer(const Waiting& waiting, const Status& status) {
    if (waiting.call == nullptr) return;
    if (status.ok()) waiting.call->Send(Framed(Response()));
    waiting.call->Finish({status.code(), status.message()});
  }

  const bool drained_;
  OperatorHandler& handler_;
  const OperatorAccess& access_;
  const Post& post_;
  const std::shared_ptr<Waiting> waiting_;
  std::string worker_id_;
};

}  // namespace

void AddOperatorMethods(OperatorHandler& handler, const OperatorAccess& access, const Post& post,
                        MethodTable& methods) {
  methods["/shoal.Operator/Drain"] = [&handler, &access, post](ServerCall& call) {
    return std::make_unique<SetDrained<DrainRequest, DrainResponse>>(call, true, handler, access,
                                                                     post);
  };
  methods["/shoal.Operator/Resume"] = [&handler, &access, post](ServerCall& call) {
    return std::make_unique<SetDrained<ResumeRequest, ResumeResponse>>(call, false, handler, access,
                                                                       post);
  };
}

}  // namespace shoal
