// Private to http. What a request says beside its body, as far as the grammar of headers leaves it
// open: which target, which host, how its body is framed. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "http/http_message.h"

namespace shoal {

// Of the headers as they came. Exactly one Host in HTTP/1.1, at most one in HTTP/1.0. The framing
// of a body in one way, without a doubt: by one Content-Length of digits, or by "chunked" alone.
std::optional<HttpRefusal> CheckHead(const HttpRequest& head, bool is_http11);

// After that. A target in two forms: "/path?query", and "http://host/path?query", whose host
// becomes the header `host`. Others ("*", "host:port") are refused, as is a fragment.
std::optional<HttpRefusal> ReadTarget(std::string_view target, HttpRequest& to);

}  // namespace shoal
