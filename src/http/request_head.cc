#include "http/request_head.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"

namespace shoal {
namespace {

HttpRefusal Refuse(int status, std::string message) {
  return {.status = status, .message = std::move(message)};
}

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A name, an IPv4 address or one of IPv6 in brackets, and perhaps a port. Enough to tell one host
// from none and from two; whose it is nobody here asks.
bool IsHost(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    const char lower = AsciiLower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]%!$&'()*+;=").find(c) != std::string_view::npos;
  });
}

// Of the absolute form; empty: it is not.
std::string_view SchemeOf(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (AsciiLower(target.substr(0, scheme.size())) == scheme) return scheme;
  }
  return {};
}

std::optional<HttpRefusal> CheckHost(const HttpRequest& head, bool is_http11) {
  const auto host = head.headers.Find("host");
  if (!host && is_http11) return Refuse(400, "HTTP/1.1 needs a Host header");
  // Two are joined by a comma.
  if (host && !IsHost(*host)) return Refuse(400, "found a Host header that is not one host");
  return std::nullopt;
}

std::optional<HttpRefusal> CheckFraming(const HttpRequest& head, bool is_http11) {
  const auto length = head.headers.Find("content-length");
  const auto coding = head.headers.Find("transfer-encoding");
  if (length && coding) {
    return Refuse(400, "found both Content-Length and Transfer-Encoding, accepted is one of them");
  }
  if (length && !IsDigits(*length)) {
    return Refuse(400, "found a Content-Length that is not one number");
  }
  if (!coding) return std::nullopt;
  if (!is_http11) return Refuse(400, "found Transfer-Encoding in HTTP/1.0");
  if (AsciiLower(*coding) != "chunked") {
    return Refuse(501, "found another Transfer-Encoding than chunked");
  }
  return std::nullopt;
}

std::optional<HttpRefusal> CheckExpect(const HttpRequest& head, bool is_http11) {
  const auto expect = head.headers.Find("expect");
  if (!expect || !is_http11 || AsciiLower(*expect) == "100-continue") return std::nullopt;
  return Refuse(417, "found another Expect than 100-continue");
}

}  // namespace

std::optional<HttpRefusal> ReadTarget(std::string_view target, HttpRequest& to) {
  if (target.find('#') != std::string_view::npos) {
    return Refuse(400, "found a target with a fragment (#)");
  }
  if (const std::string_view scheme = SchemeOf(target); !scheme.empty()) {
    target.remove_prefix(scheme.size());
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    if (host.empty() || !IsHost(host)) {
      return Refuse(400, "found a target whose host is not one host");
    }
    to.headers.Set("host", host);
    target.remove_prefix(host.size());
    if (target.empty() || target[0] == '?') to.path = "/";
  } else if (target.empty() || target[0] != '/') {
    return Refuse(400, "found a target that begins neither with / nor with http://");
  }
  const std::size_t question = target.find('?');
  to.path.append(target.substr(0, question));
  if (question != std::string_view::npos) to.query = target.substr(question + 1);
  return std::nullopt;
}

std::optional<HttpRefusal> CheckHead(const HttpRequest& head, bool is_http11) {
  if (auto refusal = CheckHost(head, is_http11)) return refusal;
  if (auto refusal = CheckFraming(head, is_http11)) return refusal;
  return CheckExpect(head, is_http11);
}

}  // namespace shoal
