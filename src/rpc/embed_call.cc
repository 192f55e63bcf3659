#include "rpc/embed_call.h"

#include <optional>
#include <utility>
#include <variant>

#include "edge/request_checks.h"
#include "rpc/unary_method.h"
#include "rpc/wire_walker.h"

namespace shoal {
namespace {

class EmbedMethod final : public UnaryMethod {
 public:
  EmbedMethod(ServerCall& call, EmbedShared& shared)
      : UnaryMethod(call), shared_(shared), report_(shared.reports, Api::kGrpc) {
    report_.trace = shared.traces.Begin(call.traceparent());
    if (report_.trace.exists()) call.set_span(FormatTraceparent(report_.trace));
  }
  ~EmbedMethod() override {
    Tell(Verdict::kCancelled, kClientGone);
    if (pending_ != nullptr) pending_->Abandon();
  }

 private:
  void TakeRequest(std::string_view message, ByteBudget::Hold hold) override {
    hold_ = std::move(hold);
    WalkedRequest walked = WalkEmbedRequest({&message, 1}, shared_.limits);
    auto* const request = std::get_if<EmbedRequest>(&walked);
    SetRequestId(request == nullptr ? "" : request->request_id);
    if (request == nullptr) return Refuse(std::get<Refusal>(walked));
    request->request_id = call().request_id();
    request->deadline = call().deadline();
    request->client = call().client();
    request->says_retry = call().says_retry();
    request->trace = report_.trace;
    report_.texts = request->texts.size();
    request_ = std::move(*request);
  }

  bool OnRefusedMessage(const Refusal& /*refusal*/, std::string_view /*beginning*/) override {
    SetRequestId("");
    return false;
  }

  void SetRequestId(std::string_view in_request) {
    call().set_request_id(shared_.request_ids.Choose(call().request_id(), in_request));
  }

  void Serve() override {
    if (const auto refusal = CheckRequest(request_, shared_)) return Refuse(*refusal);
    pending_ = PendingCall::New(shared_.pending, std::move(hold_),
                                [this](const EmbedOutcome& outcome, const CallWork& work) {
                                  pending_ = nullptr;
                                  Answer(outcome, work);
                                });
    if (const auto refusal = pending_->Start(std::move(request_))) {
      pending_ = nullptr;
      Refuse(*refusal);
    }
  }

  void Answer(const EmbedOutcome& outcome, const CallWork& work) {
    const auto* const reply = std::get_if<EmbedReply>(&outcome);
    if (reply == nullptr) {
      const Refusal& refusal = std::get<Refusal>(outcome);
      Tell(refusal.verdict, refusal.message, work);
      return Refuse(refusal);
    }
    report_.BeginWriting();
    call().Send(WriteReply(*reply, work, call().request_id(), shared_.header));
    call().Finish({});
    Tell(Verdict::kOk, "", work);
  }

  void OnRefusal(const Refusal& refusal) override { Tell(refusal.verdict, refusal.message); }

  void Tell(Verdict verdict, std::string_view message, const CallWork& work = {}) {
    report_.End({verdict, message, call().request_id(), call().client_name()}, work);
  }

  EmbedShared& shared_;
  ByteBudget::Hold hold_;
  EmbedRequest request_;
  CallReport report_;
  PendingCall* pending_ = nullptr;  // until it answers
};

}  // namespace

std::optional<Refusal> CheckRequest(const EmbedRequest& request, const EmbedShared& shared) {
  if (auto refusal = shared.names.Check(request.model)) return refusal;
  const std::size_t texts = request.texts.size();
  auto refusal =
      CheckReplyBytes(texts, ReplyBound(texts, shared.dim, request.request_id), shared.limits);
  if (refusal.has_value()) refusal->message += "; EmbedStream takes any number of requests";
  return refusal;
}

std::unique_ptr<ServerMethod> MakeEmbedMethod(ServerCall& call, EmbedShared& shared) {
  return std::make_unique<EmbedMethod>(call, shared);
}

}  // namespace shoal
