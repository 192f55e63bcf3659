#include "edge/request_checks.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/utf8.h"

namespace shoal {
namespace {

// Of model, priority, prompt_name and request_id.
constexpr std::size_t kMaxWordBytes = 1024;
constexpr std::chrono::milliseconds kBudgetRetry{250};

std::string Written(const FieldName& name) {
  std::string written(name.noun);
  if (name.index.has_value()) written += "[" + std::to_string(*name.index) + "]";
  return written;
}

Refusal Refused(Verdict verdict, std::string message) {
  return {.verdict = verdict, .message = std::move(message)};
}

std::optional<Refusal> CheckBytes(const FieldName& name, std::size_t bytes, std::size_t most,
                                  Verdict verdict) {
  if (bytes <= most) return std::nullopt;
  return Refused(verdict, Written(name) + " has " + std::to_string(bytes) + " bytes; up to " +
                              std::to_string(most) + " are accepted");
}

}  // namespace

std::optional<Refusal> CheckTextCount(std::string_view noun, std::size_t count,
                                      const Limits& limits) {
  if (count > 0 && count <= limits.max_texts) return std::nullopt;
  const std::string most = std::to_string(limits.max_texts);
  const std::string accepted = "; 1 to " + most + " are accepted";
  if (count == 0) return Refused(Verdict::kEmptyInput, std::string(noun) + " is empty" + accepted);
  return Refused(Verdict::kTooManyInputs,
                 std::string(noun) + " has more than " + most + " entries" + accepted);
}

std::optional<Refusal> CheckTextBytes(const FieldName& name, std::size_t bytes,
                                      const Limits& limits) {
  return CheckBytes(name, bytes, limits.max_text_bytes, Verdict::kInputTooLarge);
}

std::optional<Refusal> CheckWordBytes(const FieldName& name, std::size_t bytes) {
  return CheckBytes(name, bytes, kMaxWordBytes, Verdict::kInvalidRequest);
}

std::optional<Refusal> CheckUtf8(const FieldName& name, std::string_view bytes) {
  const auto bad = FirstInvalidUtf8(bytes);
  if (!bad.has_value()) return std::nullopt;
  return Refused(Verdict::kInvalidUtf8,
                 Written(name) + " is not valid UTF-8 at byte " + std::to_string(*bad));
}

std::variant<Priority, Refusal> ParsePriority(const FieldName& name, std::string_view word) {
  if (word.empty() || word == "normal") return Priority::kNormal;
  if (word == "high") return Priority::kHigh;
  if (word == "bulk") return Priority::kBulk;
  return Refused(Verdict::kInvalidRequest, Written(name) + " is \"" + std::string(word) +
                                               "\"; normal, high and bulk are accepted");
}

std::optional<Refusal> CheckReplyBytes(std::size_t texts, std::size_t bytes, const Limits& limits) {
  if (bytes <= limits.max_reply_bytes) return std::nullopt;
  return Refused(Verdict::kReplyTooLarge, "the reply to " + std::to_string(texts) +
                                              " texts may take " + std::to_string(bytes) +
                                              " bytes; up to " +
                                              std::to_string(limits.max_reply_bytes) +
                                              " are sent. Send fewer texts in one request");
}

std::optional<Refusal> CheckRequestBytes(std::size_t bytes, const Limits& limits) {
  if (bytes <= limits.max_request_bytes) return std::nullopt;
  return Refused(Verdict::kPayloadTooLarge,
                 "the request has " + std::to_string(bytes) + " bytes; up to " +
                     std::to_string(limits.max_request_bytes) + " are accepted");
}

Refusal OutOfBytes(std::size_t bytes) {
  return {.verdict = Verdict::kOverloaded,
          .message = "no room for " + std::to_string(bytes) +
                     " more bytes of requests that wait for their answer",
          .retry_after = kBudgetRetry};
}

}  // namespace shoal
