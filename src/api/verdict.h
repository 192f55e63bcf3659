// How a call ended: `ok` or one reason code. The same word stands in replies, logs, metrics,
// traces.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// Recordings of the scheduler hold their numbers: new ones stand at the end.
enum class Verdict {
  kOk,
  kInvalidRequest,  // the wire itself is broken, or a field has a wrong type or value
  kInvalidUtf8,
  kEmptyInput,
  kTooManyInputs,
  kInputTooLarge,  // one text's bytes
  kInputTooLong,   // tokens, with truncate=false
  kUnknownPrompt,
  kModelNotFound,
  kPayloadTooLarge,
  kReplyTooLarge,
  kOverloaded,
  kRateLimited,            // the caller has its share of the queue
  kDeadlineUnserviceable,  // not even an idle pool could make it
  kDeadlineExceeded,
  kCancelled,
  kAttemptsExhausted,
  kPoisonInput,  // a text that takes workers down
  kNoWorkers,
  kDraining,
  kInternal,
  // Over HTTP alone.
  kInvalidJson,
  kTokenIdsNotSupported,  // numbers where texts are accepted
  kRouteNotFound,
  kMethodNotAllowed,
};
inline constexpr int kVerdicts = static_cast<int>(Verdict::kMethodNotAllowed) + 1;

// "ok", "invalid_utf8", "no_workers" ...
std::string_view Name(Verdict verdict);
// Nothing: no such word.
std::optional<Verdict> ParseVerdict(std::string_view name);

// The one mapping to canonical codes.
StatusCode CodeOf(Verdict verdict);

// The one mapping to statuses of HTTP: 200, 400, 503 ...
int HttpStatusOf(Verdict verdict);

// The same request may succeed later. Only such a refusal says when (`Refusal::retry_after`).
bool MayRetry(Verdict verdict);

// Failed: it had been taken, and got no vectors all the same.
enum class Outcome { kOk, kRefused, kFailed };
Outcome OutcomeOf(Verdict verdict);
// "ok", "refused", "failed".
std::string_view Name(Outcome outcome);

// Why a request gets no vectors.
struct Refusal {
  Verdict verdict = Verdict::kInternal;
  std::string message;                       // which input, what was found, what is accepted
  std::chrono::milliseconds retry_after{0};  // 0: trying again does not help
};

// What a call is told that is open when the server ends, or comes then.
Refusal Leaving();

}  // namespace shoal
