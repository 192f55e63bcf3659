#include "api/verdict.h"

#include <algorithm>
#include <array>

namespace shoal {
namespace {

struct Row {
  Verdict verdict;
  std::string_view name;
  StatusCode code;
  int http_status;  // 499 is no standard: servers log it for a client that closed the connection
  bool may_retry;
};

using enum StatusCode;

constexpr std::array kRows = {
    Row{Verdict::kOk, "ok", kOk, 200, false},
    Row{Verdict::kInvalidRequest, "invalid_request", kInvalidArgument, 400, false},
    Row{Verdict::kInvalidUtf8, "invalid_utf8", kInvalidArgument, 400, false},
    Row{Verdict::kEmptyInput, "empty_input", kInvalidArgument, 400, false},
    Row{Verdict::kTooManyInputs, "too_many_inputs", kInvalidArgument, 400, false},
    Row{Verdict::kInputTooLarge, "input_too_large", kInvalidArgument, 400, false},
    Row{Verdict::kInputTooLong, "input_too_long", kInvalidArgument, 400, false},
    Row{Verdict::kUnknownPrompt, "unknown_prompt", kInvalidArgument, 400, false},
    Row{Verdict::kModelNotFound, "model_not_found", kNotFound, 404, false},
    Row{Verdict::kPayloadTooLarge, "payload_too_large", kResourceExhausted, 413, false},
    Row{Verdict::kReplyTooLarge, "reply_too_large", kResourceExhausted, 413, false},
    Row{Verdict::kOverloaded, "overloaded", kResourceExhausted, 429, true},
    Row{Verdict::kRateLimited, "rate_limited", kResourceExhausted, 429, true},
    Row{Verdict::kDeadlineUnserviceable, "deadline_unserviceable", kDeadlineExceeded, 504, false},
    Row{Verdict::kDeadlineExceeded, "deadline_exceeded", kDeadlineExceeded, 504, false},
    Row{Verdict::kCancelled, "cancelled", kCancelled, 499, false},
    Row{Verdict::kAttemptsExhausted, "attempts_exhausted", kUnavailable, 503, true},
    Row{Verdict::kPoisonInput, "poison_input", kInternal, 500, false},
    Row{Verdict::kNoWorkers, "no_workers", kUnavailable, 503, true},
    Row{Verdict::kDraining, "draining", kUnavailable, 503, true},
    Row{Verdict::kInternal, "internal", kInternal, 500, false},
    Row{Verdict::kInvalidJson, "invalid_json", kInvalidArgument, 400, false},
    Row{Verdict::kTokenIdsNotSupported, "token_ids_not_supported", kInvalidArgument, 400, false},
    Row{Verdict::kRouteNotFound, "route_not_found", kUnimplemented, 404, false},
    Row{Verdict::kMethodNotAllowed, "method_not_allowed", kUnimplemented, 405, false},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].verdict != static_cast<Verdict>(i)) return false;
  }
  return kRows.size() == static_cast<std::size_t>(kVerdicts);
}
static_assert(InOrder(), "one row per verdict, in order");

const Row& RowOf(Verdict verdict) { return kRows.at(static_cast<std::size_t>(verdict)); }

}  // namespace

std::string_view Name(Verdict verdict) { return RowOf(verdict).name; }

std::optional<Verdict> ParseVerdict(std::string_view name) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [name](const Row& row) { return row.name == name; });
  if (found == kRows.end()) return std::nullopt;
  return found->verdict;
}

StatusCode CodeOf(Verdict verdict) { return RowOf(verdict).code; }

int HttpStatusOf(Verdict verdict) { return RowOf(verdict).http_status; }

bool MayRetry(Verdict verdict) { return RowOf(verdict).may_retry; }

Outcome OutcomeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return Outcome::kOk;
    case Verdict::kDeadlineExceeded:
    case Verdict::kCancelled:
    case Verdict::kAttemptsExhausted:
    case Verdict::kPoisonInput:
    case Verdict::kInternal:
      return Outcome::kFailed;
    default:
      return Outcome::kRefused;
  }
}

std::string_view Name(Outcome outcome) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "refused", "failed"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Refusal Leaving() {
  return {.verdict = Verdict::kDraining,
          .message = "the server is shutting down; try another one",
          .retry_after = std::chrono::seconds(1)};
}

}  // namespace shoal
