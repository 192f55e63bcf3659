#include "edge/pending_call.h"

#include <utility>

namespace shoal {

PendingCall* PendingCall::New(PendingCalls& calls, ByteBudget::Hold hold, Answer answer) {
  // NOLINTNEXTLINE: deletes itself.
  return new PendingCall(calls, std::move(hold), std::move(answer));
}

PendingCall::PendingCall(PendingCalls& calls, ByteBudget::Hold hold, Answer answer)
    : calls_(calls),
      id_(calls.handler.NewCallId()),
      hold_(std::move(hold)),
      answer_(std::move(answer)) {
  ++calls_.count;
}

PendingCall::~PendingCall() {
  if (--calls_.count == 0 && calls_.ended) calls_.ended();
}

std::optional<Refusal> PendingCall::Start(EmbedRequest request) {
  // After a Start that was not refused *this may be gone.
  auto refusal = calls_.handler.Start(id_, std::move(request), *this);
  if (refusal.has_value()) delete this;
  return refusal;
}

void PendingCall::Abandon() {
  answer_ = nullptr;
  calls_.handler.Cancel(id_);  // which may finish it
}

void PendingCall::Finish(EmbedOutcome outcome, const CallWork& work) {
  if (answer_) answer_(std::move(outcome), work);
  delete this;
}

}  // namespace shoal
