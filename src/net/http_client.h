// A GET over HTTP/1.1, with or without TLS, that streams: what model files are fetched with, and
// what commands ask a server's port for operators; there a POST too. (Many small requests to one
// server, without blocking: http/http_client_pool.h.)
//
// One call is one connection after another until there is something else than a redirect. The body
// goes to a callback as it comes, so a file of any size needs 64 KiB. Nothing is retried here: only
// the caller knows what it has already written.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};  // TCP and TLS; name resolution has its own
  std::chrono::milliseconds idle_timeout{30'000};     // nothing arrives
  std::uint32_t max_header_size = 64 * 1024;          // bytes
  int max_redirects = 5;
  // Asked ten times a second while there is nothing to read; true ends the call. Empty: nobody
  // does.
  std::function<bool()> stop = {};
};

struct HttpGetRequest {
  std::string url;
  std::string authorization;     // header; empty: none. Dropped when a redirect leaves the origin
  std::uint64_t first_byte = 0;  // above 0: asks for the range from here on
  std::string if_range;          // an ETag: the range only if the content is still that one
};

struct HttpHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;  // bytes of this body
  std::string content_range;                    // "bytes 7-99/100"; empty: none
  std::string etag;
};

struct HttpSink {
  std::function<Status(const HttpHead& head)> on_head;    // once, before the body
  std::function<Status(std::string_view bytes)> on_body;  // any number of times
};

// Blocks until the body is complete. Any HTTP status but a redirect is OK here. Errors of the sink
// end the call and are returned as they are. UNAVAILABLE: no connection, or it broke off.
// DEADLINE_EXCEEDED: a timeout. CANCELLED: `stop` said so. FAILED_PRECONDITION: the server's
// certificate is not trusted, a redirect leads from https to http or there are too many.
// INVALID_ARGUMENT: no URL, or the answer is not HTTP. Thread-safe.
Status HttpGet(const HttpGetRequest& request, const HttpSink& sink,
               const HttpClientOptions& options = {});

// The same for a POST with an empty body, which follows no redirect.
Status HttpPost(const HttpGetRequest& request, const HttpSink& sink,
                const HttpClientOptions& options = {});

}  // namespace shoal
