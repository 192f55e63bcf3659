#include "rpc/embed_stream_call.h"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "proto/public.pb.h"
#include "rpc/refusal_status.h"
#include "rpc/wire_walker.h"

namespace shoal {
namespace {

WireBytes WriteStreamError(std::uint64_t index, const Refusal& refusal) {
  text_embedding::StreamResponse response;
  response.set_index(index);
  *response.mutable_error() = DetailsOf(refusal);
  return Framed(response);
}

class EmbedStreamMethod final : public ServerMethod {
 public:
  EmbedStreamMethod(ServerCall& call, EmbedShared& shared) : call_(call), shared_(shared) {}
  ~EmbedStreamMethod() override {
    while (!pending_.empty()) {
      Asked asked = std::move(pending_.extract(pending_.begin()).mapped());
      Tell(asked, Verdict::kCancelled, kClientGone);
      asked.call->Abandon();
    }
  }

 private:
  // A request of the stream.
  struct Asked {
    std::uint64_t index = 0;
    CallReport report;
    std::string id = {};
    PendingCall* call = nullptr;
  };

  // Each request is a span of its own in the trace of the stream.
  Asked Ask(std::uint64_t index) {
    Asked asked{.index = index, .report = CallReport(shared_.reports, Api::kGrpcStream)};
    asked.report.trace = shared_.traces.Begin(call_.traceparent());
    return asked;
  }

  bool TakesMessages() const override {
    return !is_draining_ && pending_.size() + unsent_ < kStreamWindow;
  }

  void OnMessage(std::string_view message, ByteBudget::Hold hold) override {
    if (unreadable_) return;
    auto walked = WalkStreamRequest({&message, 1}, shared_.limits);
    if (auto* const unreadable = std::get_if<Refusal>(&walked)) {
      unreadable_ = std::move(*unreadable);
      return FinishIfDone();
    }
    auto& item = std::get<StreamItem>(walked);
    Asked asked = Ask(item.index);
    auto* const request = std::get_if<EmbedRequest>(&item.request);
    if (request == nullptr) return Refuse(asked, std::get<Refusal>(item.request));
    request->request_id = shared_.request_ids.Choose(request->request_id, "");
    request->deadline = call_.deadline();
    request->priority = Priority::kBulk;
    request->client = call_.client();
    request->trace = asked.report.trace;
    asked.id = request->request_id;
    asked.report.texts = request->texts.size();
    if (const auto refusal = CheckRequest(*request, shared_)) return Refuse(asked, *refusal);
    Start(std::move(asked), std::move(*request), std::move(hold));
  }

  // Of the message only the index is read.
  bool OnRefusedMessage(const Refusal& refusal, std::string_view beginning) override {
    if (unreadable_) return true;
    Asked asked = Ask(ReadStreamIndex(beginning));
    Refuse(asked, refusal);
    return true;
  }

  void OnHalfClose() override {
    half_closed_ = true;
    FinishIfDone();
  }

  void OnDrain() override {
    is_draining_ = true;
    FinishIfDone();
  }

  void OnSent() override {
    --unsent_;
    FinishIfDone();
    call_.TakeMore();
  }

  void Start(Asked asked, EmbedRequest request, ByteBudget::Hold hold) {
    const std::uint64_t number = next_number_++;
    PendingCall* const pending =
        PendingCall::New(shared_.pending, std::move(hold),
                         [this, number](const EmbedOutcome& outcome, const CallWork& work) {
                           Answer(Take(number), outcome, work);
                         });
    asked.call = pending;
    pending_.emplace(number, std::move(asked));  // before Start, which may answer
    if (const auto refusal = pending->Start(std::move(request))) {
      Asked refused = Take(number);
      Refuse(refused, *refusal);
    }
  }

  Asked Take(std::uint64_t number) { return std::move(pending_.extract(number).mapped()); }

  void Answer(Asked asked, const EmbedOutcome& outcome, const CallWork& work) {
    const auto* const reply = std::get_if<EmbedReply>(&outcome);
    if (reply == nullptr) return Refuse(asked, std::get<Refusal>(outcome), work);
    asked.report.BeginWriting();
    Send(WriteStreamReply(asked.index, *reply, work, asked.id, shared_.header));
    Tell(asked, Verdict::kOk, "", work);
  }

  void Refuse(Asked& asked, const Refusal& refusal, const CallWork& work = {}) {
    Send(WriteStreamError(asked.index, refusal));
    Tell(asked, refusal.verdict, refusal.message, work);
  }

  void Tell(Asked& asked, Verdict verdict, std::string_view message, const CallWork& work = {}) {
    asked.report.End({verdict, message, asked.id, call_.client_name()}, work);
  }

  void Send(WireBytes answer) {
    ++unsent_;
    call_.Send(std::move(answer));
  }

  void FinishIfDone() {
    if (!pending_.empty() || unsent_ > 0) return;
    if (unreadable_) return call_.Finish(ToCallStatus(*unreadable_));
    if (half_closed_) return call_.Finish({});
    if (is_draining_) return call_.Finish(ToCallStatus(Leaving()));
  }

  ServerCall& call_;
  EmbedShared& shared_;
  std::map<std::uint64_t, Asked> pending_;  // that are not answered, by a number of ours
  std::uint64_t next_number_ = 0;
  std::size_t unsent_ = 0;  // answers
  std::optional<Refusal> unreadable_;
  bool half_closed_ = false;  // and every message is taken
  bool is_draining_ = false;
};

}  // namespace

std::unique_ptr<ServerMethod> MakeEmbedStreamMethod(ServerCall& call, EmbedShared& shared) {
  return std::make_unique<EmbedStreamMethod>(call, shared);
}

}  // namespace shoal
