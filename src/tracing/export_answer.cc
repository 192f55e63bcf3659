#include "tracing/export_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "json/value.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using Fate = ExportAnswer::Fate;

constexpr std::array<int, 4> kTryAgain = {429, 502, 503, 504};
constexpr milliseconds kFirstWait{1'000};
constexpr milliseconds kLongestWait{30'000};
constexpr std::size_t kMostOfWhy = 200;  // a stranger wrote it

std::optional<std::uint64_t> WholeNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// In seconds; a date goes by the wait that we would choose.
std::optional<milliseconds> RetryAfter(const HttpHeaders& headers) {
  const auto seconds = WholeNumber(headers.Find("retry-after").value_or(""));
  if (!seconds) return std::nullopt;
  constexpr std::uint64_t kMost = 3'600;
  return milliseconds(1000 * std::min(*seconds, kMost));
}

// A number of 64 bits is a string in this encoding; some write a number all the same.
std::uint64_t CountOf(const JsonValue& value) {
  const Result<std::string> text = value.AsString();
  if (text.ok()) return WholeNumber(*text).value_or(0);
  const auto number = value.AsInt(0, INT64_MAX);
  return number.ok() ? static_cast<std::uint64_t>(*number) : 0;
}

ExportAnswer Taken(std::string_view body) {
  ExportAnswer answer;
  const Result<JsonValue> parsed = ParseJson(body);
  if (!parsed.ok()) return answer;  // what was taken is taken
  const auto partial = parsed->Find("partialSuccess");
  if (!partial) return answer;
  if (const auto rejected = partial->Find("rejectedSpans")) answer.rejected = CountOf(*rejected);
  const Result<std::string> message = partial->GetString("errorMessage");
  if (message.ok()) answer.why = message->substr(0, kMostOfWhy);
  return answer;
}

}  // namespace

ExportAnswer ReadExportAnswer(const Result<ReceivedAnswer>& answer) {
  if (!answer.ok()) {
    // What is no answer of HTTP will be none the next time.
    const bool is_lost = answer.status().code() == StatusCode::kInternal;
    return {.fate = is_lost ? Fate::kLost : Fate::kTryAgain,
            .retry_after = std::nullopt,
            .why = answer.status().message()};
  }
  if (answer->status >= 200 && answer->status < 300) return Taken(answer->body);
  ExportAnswer read{.fate = Fate::kLost,
                    .retry_after = RetryAfter(answer->headers),
                    .why = "status " + std::to_string(answer->status)};
  if (std::ranges::find(kTryAgain, answer->status) != kTryAgain.end()) read.fate = Fate::kTryAgain;
  return read;
}

milliseconds RetryWait(int attempts, std::optional<milliseconds> retry_after, double part) {
  if (retry_after) return std::clamp(*retry_after, milliseconds(0), kLongestWait);
  const milliseconds most =
      std::min(kLongestWait, kFirstWait * (1 << std::clamp(attempts - 1, 0, 10)));
  return most / 2 +
         milliseconds(static_cast<std::int64_t>(part * static_cast<double>(most.count()) / 2));
}

}  // namespace shoal
