#include "api/verdict.h"

#include <array>

namespace shoal {
namespace {

struct Row {
  Verdict verdict;
  std::string_view name;
  StatusCode code;
};

constexpr std::array kRows = {
    Row{Verdict::kOk, "ok", StatusCode::kOk},
    Row{Verdict::kInvalidRequest, "invalid_request", StatusCode::kInvalidArgument},
    Row{Verdict::kInvalidUtf8, "invalid_utf8", StatusCode::kInvalidArgument},
    Row{Verdict::kEmptyInput, "empty_input", StatusCode::kInvalidArgument},
    Row{Verdict::kTooManyInputs, "too_many_inputs", StatusCode::kInvalidArgument},
    Row{Verdict::kInputTooLarge, "input_too_large", StatusCode::kInvalidArgument},
    Row{Verdict::kInputTooLong, "input_too_long", StatusCode::kInvalidArgument},
    Row{Verdict::kUnknownPrompt, "unknown_prompt", StatusCode::kInvalidArgument},
    Row{Verdict::kModelNotFound, "model_not_found", StatusCode::kNotFound},
    Row{Verdict::kPayloadTooLarge, "payload_too_large", StatusCode::kResourceExhausted},
    Row{Verdict::kReplyTooLarge, "reply_too_large", StatusCode::kResourceExhausted},
    Row{Verdict::kOverloaded, "overloaded", StatusCode::kResourceExhausted},
    Row{Verdict::kRateLimited, "rate_limited", StatusCode::kResourceExhausted},
    Row{Verdict::kDeadlineUnserviceable, "deadline_unserviceable", StatusCode::kDeadlineExceeded},
    Row{Verdict::kDeadlineExceeded, "deadline_exceeded", StatusCode::kDeadlineExceeded},
    Row{Verdict::kCancelled, "cancelled", StatusCode::kCancelled},
    Row{Verdict::kAttemptsExhausted, "attempts_exhausted", StatusCode::kUnavailable},
    Row{Verdict::kPoisonInput, "poison_input", StatusCode::kInternal},
    Row{Verdict::kNoWorkers, "no_workers", StatusCode::kUnavailable},
    Row{Verdict::kDraining, "draining", StatusCode::kUnavailable},
    Row{Verdict::kInternal, "internal", StatusCode::kInternal},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].verdict != static_cast<Verdict>(i)) return false;
  }
  return kRows.size() == static_cast<std::size_t>(Verdict::kInternal) + 1;
}
static_assert(InOrder(), "one row per verdict, in order");

}  // namespace

std::string_view Name(Verdict verdict) { return kRows.at(static_cast<std::size_t>(verdict)).name; }

StatusCode CodeOf(Verdict verdict) { return kRows.at(static_cast<std::size_t>(verdict)).code; }

}  // namespace shoal
