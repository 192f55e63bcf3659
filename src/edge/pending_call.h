// A request that the handler has, for somebody who may go before it is answered.
#pragma once

#include <functional>
#include <optional>

#include "api/embed.h"
#include "edge/byte_budget.h"

namespace shoal {

// What the calls of one server share. On one thread.
struct PendingCalls {
  EmbedHandler& handler;
  std::size_t count = 0;             // that are not finished
  std::function<void()> ended = {};  // count has fallen to zero; may be empty
};

// Deletes itself: when it is answered, or at a Start that is refused.
class PendingCall final : public ReplySink {
 public:
  using Answer = std::function<void(EmbedOutcome outcome, const CallWork& work)>;

  // `calls` outlives it. `answer` is called once, unless it is abandoned before.
  static PendingCall* New(PendingCalls& calls, ByteBudget::Hold hold, Answer answer);

  // Once. May answer before it returns. A refusal: it was refused, and does not answer.
  std::optional<Refusal> Start(EmbedRequest request);
  // Nobody waits any more.
  void Abandon();

 private:
  PendingCall(PendingCalls& calls, ByteBudget::Hold hold, Answer answer);
  ~PendingCall() override;
  void Finish(EmbedOutcome outcome, const CallWork& work) override;

  PendingCalls& calls_;
  const CallId id_;
  const ByteBudget::Hold hold_;
  Answer answer_;  // empty: abandoned
};

}  // namespace shoal
