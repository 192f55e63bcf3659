#include "dashboard/request_guard.h"

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/ascii.h"

namespace shoal {
namespace {

std::vector<std::string> Lower(std::vector<std::string> names) {
  for (std::string& name : names) name = AsciiLower(name);
  return names;
}

// What stands behind "http://" or "https://", without the port that each has by itself. Empty: it is
// no such origin ("null").
std::string AuthorityOf(std::string_view origin) {
  using Scheme = std::pair<std::string_view, std::string_view>;
  for (const auto& [scheme, port] : {Scheme("http://", ":80"), Scheme("https://", ":443")}) {
    if (!origin.starts_with(scheme)) continue;
    origin.remove_prefix(scheme.size());
    if (origin.ends_with(port)) origin.remove_suffix(port.size());
    return AsciiLower(origin);
  }
  return "";
}

bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  const std::string authority = AuthorityOf(origin);
  return !authority.empty() && (authority == AuthorityOf("http://" + std::string(host)) ||
                                authority == AuthorityOf("https://" + std::string(host)));
}

// A link on another site that somebody follows. It reads nothing of what it opens.
bool IsVisit(const HttpRequest& head) {
  return head.method == "GET" && head.path == "/" &&
         head.headers.Find("sec-fetch-mode") == "navigate";
}

}  // namespace

RequestGuard::RequestGuard(std::vector<std::string> names) : names_(Lower(std::move(names))) {}

bool RequestGuard::KnowsHost(std::string_view header) const {
  const std::string host = HostOf(header);
  if (host == "localhost" || ParseIp(host)) return true;
  return !host.empty() && std::find(names_.begin(), names_.end(), host) != names_.end();
}

std::optional<OperatorError> RequestGuard::WhyNot(const HttpRequest& head) const {
  const std::string_view host = head.headers.Find("host").value_or("");
  if (!host.empty() && !KnowsHost(host)) {
    return OperatorError{
        .status = 421,
        .code = "host_not_known",
        .message = "found the host \"" + std::string(host) +
                   "\"; localhost, an IP address, the name in --dashboard-listen and "
                   "those of --dashboard-host are accepted"};
  }
  if (const auto origin = head.headers.Find("origin"); origin && !IsOwnOrigin(*origin, host)) {
    return OperatorError{.status = 403,
                         .code = "foreign_origin",
                         .message = "found the origin \"" + std::string(*origin) +
                                    "\"; pages of this server alone may ask"};
  }
  if (head.headers.Find("sec-fetch-site") == "cross-site" && !IsVisit(head)) {
    return OperatorError{.status = 403,
                         .code = "foreign_origin",
                         .message =
                             "found sec-fetch-site \"cross-site\"; pages of this server alone "
                             "may ask"};
  }
  return std::nullopt;
}

std::string HostOf(std::string_view header) {
  if (header.starts_with('[')) {
    const std::size_t end = header.find(']');
    if (end == std::string_view::npos) return "";
    const std::string_view rest = header.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return "";
    return AsciiLower(header.substr(1, end - 1));
  }
  std::string_view host = header.substr(0, header.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return AsciiLower(host);
}

Access AccessTo(std::string_view method, std::string_view path) {
  if (path == "/api/v1/try") return Access::kNotAfar;
  if (path == "/api/v1/logs" || path == "/api/v1/config") return Access::kOperator;
  return method == "GET" || method == "HEAD" ? Access::kAll : Access::kOperator;
}

}  // namespace shoal
