#include "routes/cross_origin.h"

#include <algorithm>

namespace shoal {
namespace {

constexpr char kReadable[] =
    "x-request-id, x-shoal-code, x-should-retry, retry-after, retry-after-ms, server-timing, "
    "traceparent";
constexpr char kAnHour[] = "3600";

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::vector<HttpField> CrossOriginHeaders(const HttpHeaders& headers,
                                          const std::vector<std::string>& allowed_origins) {
  const auto origin = headers.Find("origin");
  if (!origin || allowed_origins.empty()) return {};
  const bool all = Has(allowed_origins, "*");
  if (!all && !Has(allowed_origins, *origin)) return {{"Vary", "Origin"}};
  return {{"Access-Control-Allow-Origin", all ? "*" : std::string(*origin)},
          {"Access-Control-Expose-Headers", kReadable},
          {"Vary", "Origin"}};
}

std::optional<HttpAnswer> PreflightAnswer(const HttpRequest& head, std::string_view methods,
                                          const std::vector<std::string>& allowed_origins) {
  if (head.method != "OPTIONS" || methods.empty()) return std::nullopt;
  if (!head.headers.Find("access-control-request-method")) return std::nullopt;
  std::vector<HttpField> headers = CrossOriginHeaders(head.headers, allowed_origins);
  if (headers.size() < 2) return std::nullopt;
  headers.push_back({"Access-Control-Allow-Methods", std::string(methods)});
  // SDKs send headers of their own, which nobody here knows all of.
  if (const auto wanted = head.headers.Find("access-control-request-headers")) {
    headers.push_back({"Access-Control-Allow-Headers", std::string(*wanted)});
  }
  headers.push_back({"Access-Control-Max-Age", kAnHour});
  return HttpAnswer{.status = 204, .headers = std::move(headers)};
}

}  // namespace shoal
