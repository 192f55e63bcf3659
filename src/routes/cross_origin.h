// Which web pages may read answers: CORS. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_message.h"

namespace shoal {

// Headers that let the page that asks read the answer; none where it may not, or where nobody is
// allowed anyway.
std::vector<HttpField> CrossOriginHeaders(const HttpHeaders& headers,
                                          const std::vector<std::string>& allowed_origins);

// The answer to a browser that asks beforehand, which is allowed `methods`. Nothing: it is no such
// request, or of a page that may not ask.
std::optional<HttpAnswer> PreflightAnswer(const HttpRequest& head, std::string_view methods,
                                          const std::vector<std::string>& allowed_origins);

}  // namespace shoal
