#include "dashboard/operator_error.h"

#include "base/ascii.h"
#include "routes/error_answer.h"

namespace shoal {
namespace {

int HttpStatusOf(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument:
      return 400;
    case StatusCode::kUnauthenticated:
      return 401;
    case StatusCode::kPermissionDenied:
      return 403;
    case StatusCode::kNotFound:
      return 404;
    case StatusCode::kResourceExhausted:
      return 429;
    case StatusCode::kUnimplemented:
      return 501;
    case StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

HttpAnswer AnswerOf(const OperatorError& error) {
  HttpAnswer answer{.status = error.status,
                    .headers = {{"Content-Type", "application/json"}, {"x-shoal-code", error.code}},
                    .body = OpenAiErrorBody(error.status, error.message, error.param, error.code)};
  if (error.status == 401) answer.headers.push_back({"WWW-Authenticate", "Bearer realm=\"shoal\""});
  return answer;
}

OperatorError OperatorErrorOf(const Status& status) {
  return {.status = HttpStatusOf(status.code()),
          .code = AsciiLower(Name(status.code())),
          .message = status.message()};
}

OperatorError OperatorErrorOf(const HttpRefusal& refusal) {
  return {.status = refusal.status,
          .code = refusal.status == 413 ? "payload_too_large" : "invalid_request",
          .message = refusal.message};
}

}  // namespace shoal
