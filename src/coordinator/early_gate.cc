#include "coordinator/early_gate.h"

#include <algorithm>
#include <utility>

#include "base/rng.h"
#include "scheduler/retry_hint.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kOldest{50'000};

}  // namespace

void EarlyGate::Publish(microseconds now, const QueueSnapshot& snapshot) {
  auto published = std::make_shared<const Published>(Published{.at = now, .snapshot = snapshot});
  MutexLock lock(mutex_);
  published_ = std::move(published);
}

std::optional<Refusal> EarlyGate::Check(const EmbedRequest& request, const Call& call) {
  std::shared_ptr<const Published> published;
  {
    MutexLock lock(mutex_);
    published = published_;
  }
  if (published == nullptr || call.now - published->at > kOldest) return std::nullopt;
  EarlyQuestion question = {
      .now = call.now, .deadline = call.deadline, .priority = request.priority};
  for (const std::string& text : request.texts) {
    const Cost cost = CostOf(LeastTokens(text.size() + call.prompt_bytes, options_.max_tokens),
                             options_.attention_cost);
    question.least_cost += cost;
    question.longest_text = std::max(question.longest_text, cost);
  }
  const std::optional<microseconds> retry = RefuseEarly(published->snapshot, question);
  if (!retry) return std::nullopt;
  ++refused_;
  Rng rng(call.call);
  return Refusal{.verdict = Verdict::kOverloaded,
                 .message = "the queue is too long for the deadline",
                 .retry_after = RetryHint(*retry, rng)};
}

}  // namespace shoal
