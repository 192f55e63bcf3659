// The one way of refusing over HTTP: a Refusal in the shape of the API that was asked. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/verdict.h"
#include "http/http_handler.h"

namespace shoal {

// Whose clients a route serves.
enum class ApiStyle {
  kOpenAi,  // {"error":{"message","type","param","code"}}
  kTei,     // {"error":message,"error_type":word}, and TEI's statuses
  kOllama,  // {"error":message}
  kKserve,  // {"error":message}
};

// Of a route that exists or not: by the beginning of its path. OpenAI's where nobody's.
ApiStyle StyleOfPath(std::string_view path);

// A refusal, and the field of the request that is at fault, if it is one.
struct Fault {
  Refusal refusal;
  std::string param = {};
};

// The body of ApiStyle::kOpenAi. `param` is empty: null.
std::string OpenAiErrorBody(int status, std::string_view message, std::string_view param,
                            std::string_view code);

// Status, body, and headers: `x-shoal-code`, the verdict's word; `x-should-retry`, which OpenAI's
// SDKs obey; with `retry_after`, `retry-after-ms` and `retry-after`, in whole seconds.
HttpAnswer ErrorAnswer(ApiStyle style, const Fault& fault);

// What the server itself refuses, before there is a route.
HttpAnswer ErrorAnswer(const HttpRefusal& refusal, const HttpRequest* head);

}  // namespace shoal
