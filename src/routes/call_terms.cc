#include "routes/call_terms.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "edge/client_key.h"
#include "edge/request_checks.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

// What nobody waits longer than; it also keeps sums of times in their range.
constexpr double kLongestSeconds = 86'400;
constexpr double kSdkDefaultSeconds = 600;

std::optional<double> PositiveNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !std::isfinite(number) || number <= 0) return std::nullopt;
  return number;
}

microseconds ToTime(double seconds) {
  return microseconds(std::llround(std::ceil(std::min(seconds, kLongestSeconds) * 1e6)));
}

Refusal NoTime(std::string_view header, std::string_view value) {
  return {.verdict = Verdict::kInvalidRequest,
          .message = "header " + std::string(header) + " is \"" + std::string(value) +
                     "\"; a positive number is accepted"};
}

}  // namespace

std::variant<std::optional<microseconds>, Refusal> ReadTimeout(const HttpHeaders& headers) {
  constexpr std::pair<std::string_view, double> kOurs[] = {{"x-request-timeout-ms", 1e-3},
                                                           {"x-request-timeout-seconds", 1.0}};
  for (const auto& [header, unit] : kOurs) {
    const auto value = headers.Find(header);
    if (!value) continue;
    const auto number = PositiveNumber(*value);
    if (!number) return NoTime(header, *value);
    return ToTime(*number * unit);
  }
  for (const std::string_view header : {"x-stainless-read-timeout", "x-stainless-timeout"}) {
    const auto number = PositiveNumber(headers.Find(header).value_or(""));
    if (number && *number != kSdkDefaultSeconds) return ToTime(*number);
  }
  return std::nullopt;
}

std::variant<CallTerms, Refusal> ReadCallTerms(const HttpRequest& request,
                                               std::chrono::steady_clock::time_point now) {
  const HttpHeaders& headers = request.headers;
  CallTerms terms{.client = ClientKey(headers.Find("x-shoal-client").value_or(""), request.peer)};
  auto priority =
      ParsePriority({"header x-shoal-priority"}, headers.Find("x-shoal-priority").value_or(""));
  if (auto* const refusal = std::get_if<Refusal>(&priority)) return std::move(*refusal);
  terms.priority = std::get<Priority>(priority);
  auto timeout = ReadTimeout(headers);
  if (auto* const refusal = std::get_if<Refusal>(&timeout)) return std::move(*refusal);
  if (const auto time = std::get<0>(timeout)) terms.deadline = now + *time;
  // Some say 0 at the first time.
  terms.says_retry =
      PositiveNumber(headers.Find("x-stainless-retry-count").value_or("")).has_value();
  return terms;
}

}  // namespace shoal
