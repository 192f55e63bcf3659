// What the headers of a request say about its call, the same for every route.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

#include "api/embed.h"
#include "http/http_message.h"

namespace shoal {

struct CallTerms {
  Priority priority = Priority::kNormal;
  std::uint64_t client = 0;  // as EmbedRequest has it
  std::optional<std::chrono::steady_clock::time_point> deadline;
  bool says_retry = false;  // OpenAI's SDKs do, by `x-stainless-retry-count`
};

// The time that a client gives a request, in this order: `x-request-timeout-ms`,
// `x-request-timeout-seconds`, and what OpenAI's SDKs say by themselves, in seconds,
// `x-stainless-read-timeout` (Python) and `x-stainless-timeout` (Node). Of the latter, 600 is what
// they say when nobody has asked for anything, and less than a second is written as 0 by Node's:
// neither is a wish. INVALID_REQUEST: one of the first two is no positive number.
std::variant<std::optional<std::chrono::microseconds>, Refusal> ReadTimeout(
    const HttpHeaders& headers);

// `x-shoal-priority` and `x-shoal-client` besides. `Authorization` is not looked at. `now` is when
// the time begins to run.
std::variant<CallTerms, Refusal> ReadCallTerms(const HttpRequest& request,
                                               std::chrono::steady_clock::time_point now);

}  // namespace shoal
