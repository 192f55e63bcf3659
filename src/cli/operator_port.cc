#include "cli/operator_port.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "json/value.h"
#include "net/http_client.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;
constexpr std::size_t kMaxRefusal = 64 * 1024;

// What a server says of why it refuses; empty: it is not one of ours.
std::string WhyOf(const std::string& body) {
  const Result<JsonValue> root = ParseJson(body);
  if (!root.ok()) return "";
  const std::optional<JsonValue> error = root->Find("error");
  if (!error) return "";
  const Result<std::string> message = error->GetString("message");
  return message.ok() ? ": " + *message : "";
}

}  // namespace

OperatorPort::OperatorPort(const std::string& address, const std::string& token,
                           std::function<bool()> stop)
    : url_("http://" + address),
      authorization_(token.empty() ? "" : "Bearer " + token),
      stop_(std::move(stop)) {}

Result<std::string> OperatorPort::Get(const std::string& target,
                                      std::chrono::milliseconds timeout) const {
  return Ask(Method::kGet, target, timeout);
}

Result<std::string> OperatorPort::Post(const std::string& target,
                                       std::chrono::milliseconds timeout) const {
  return Ask(Method::kPost, target, timeout);
}

Result<std::string> OperatorPort::Ask(Method method, const std::string& target,
                                      std::chrono::milliseconds timeout) const {
  int status = 0;
  std::string body;
  const HttpSink sink{.on_head =
                          [&status](const HttpHead& head) {
                            status = head.status;
                            return Status();
                          },
                      .on_body =
                          [&](std::string_view bytes) {
                            const bool fits = body.size() + bytes.size() <=
                                              (status == 200 ? kMaxAnswer : kMaxRefusal);
                            if (!fits) return ResourceExhaustedError("the answer is too large");
                            body += bytes;
                            return Status();
                          }};
  const auto ask = method == Method::kPost ? HttpPost : HttpGet;
  RETURN_IF_ERROR(ask(
      {.url = url_ + target, .authorization = authorization_}, sink,
      {.connect_timeout = timeout, .idle_timeout = timeout, .max_redirects = 0, .stop = stop_}));
  if (status == 200) return body;
  std::string why = "HTTP status " + std::to_string(status) + WhyOf(body);
  return status == 404 ? NotFoundError(std::move(why)) : FailedPreconditionError(std::move(why));
}

}  // namespace shoal
