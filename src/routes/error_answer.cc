#include "routes/error_answer.h"

#include <array>
#include <utility>

#include "json/writer.h"

namespace shoal {
namespace {

std::string_view OpenAiType(int status) {
  if (status == 429) return "rate_limit_error";
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

std::string_view ParamOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kEmptyInput:
    case Verdict::kTooManyInputs:
    case Verdict::kInputTooLarge:
    case Verdict::kInputTooLong:
    case Verdict::kTokenIdsNotSupported:
    case Verdict::kPoisonInput:
      return "input";
    case Verdict::kModelNotFound:
      return "model";
    case Verdict::kUnknownPrompt:
      return "prompt_name";
    default:
      return "";
  }
}

struct TeiError {
  int status;
  std::string_view type;
};

// TEI knows six kinds, and 422 for whatever is wrong with a request that is JSON, though its pages
// promise 413 for some of it. It says 424 where its backend fails; a 503 is what clients retry.
TeiError TeiErrorOf(Verdict verdict) {
  const int status = HttpStatusOf(verdict);
  switch (verdict) {
    case Verdict::kEmptyInput:
      return {400, "Empty"};
    case Verdict::kInvalidRequest:
    case Verdict::kTokenIdsNotSupported:
    case Verdict::kTooManyInputs:
    case Verdict::kInputTooLarge:
    case Verdict::kInputTooLong:
    case Verdict::kUnknownPrompt:
      return {422, "Validation"};
    case Verdict::kOverloaded:
    case Verdict::kRateLimited:
      return {429, "Overloaded"};
    case Verdict::kNoWorkers:
    case Verdict::kDraining:
      return {503, "Unhealthy"};
    default:
      return {status, status < 500 ? "Validation" : "Backend"};
  }
}

std::string OpenAiBody(const Fault& fault, int status) {
  const Refusal& refusal = fault.refusal;
  const std::string_view param =
      fault.param.empty() ? ParamOf(refusal.verdict) : std::string_view(fault.param);
  return OpenAiErrorBody(status, refusal.message, param, Name(refusal.verdict));
}

std::string PlainBody(const Refusal& refusal, std::string_view error_type) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("error").String(refusal.message);
  if (!error_type.empty()) json.Key("error_type").String(error_type);
  json.EndObject();
  return body;
}

void AddRetryHeaders(const Refusal& refusal, HttpAnswer& answer) {
  const bool may_retry = MayRetry(refusal.verdict);
  answer.headers.push_back({"x-should-retry", may_retry ? "true" : "false"});
  if (!may_retry || refusal.retry_after.count() <= 0) return;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after);
  answer.headers.push_back({"retry-after-ms", std::to_string(refusal.retry_after.count())});
  answer.headers.push_back({"retry-after", std::to_string(seconds.count())});
}

// Of the statuses that the server itself refuses with.
Verdict VerdictOf(int status) {
  switch (status) {
    case 413:
      return Verdict::kPayloadTooLarge;
    case 429:
      return Verdict::kOverloaded;
    default:
      return Verdict::kInvalidRequest;
  }
}

}  // namespace

std::string OpenAiErrorBody(int status, std::string_view message, std::string_view param,
                            std::string_view code) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("error").BeginObject();
  json.Key("message").String(message);
  json.Key("type").String(OpenAiType(status)).Key("param");
  if (param.empty()) {
    json.Null();
  } else {
    json.String(param);
  }
  json.Key("code").String(code).EndObject().EndObject();
  return body;
}

ApiStyle StyleOfPath(std::string_view path) {
  const auto is_in = [path](std::string_view root) {
    return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
  };
  if (is_in("/api")) return ApiStyle::kOllama;
  if (is_in("/v2")) return ApiStyle::kKserve;
  constexpr std::array<std::string_view, 11> kTei = {
      "/",           "/embed",    "/embed_all", "/embed_sparse", "/rerank", "/predict",
      "/similarity", "/tokenize", "/decode",    "/info",         "/health"};
  for (const std::string_view route : kTei) {
    if (path == route) return ApiStyle::kTei;
  }
  return ApiStyle::kOpenAi;
}

HttpAnswer ErrorAnswer(ApiStyle style, const Fault& fault) {
  const Refusal& refusal = fault.refusal;
  HttpAnswer answer{.status = HttpStatusOf(refusal.verdict),
                    .headers = {{"Content-Type", "application/json"},
                                {"x-shoal-code", std::string(Name(refusal.verdict))}}};
  AddRetryHeaders(refusal, answer);
  switch (style) {
    case ApiStyle::kOpenAi:
      answer.body = OpenAiBody(fault, answer.status);
      break;
    case ApiStyle::kTei: {
      const TeiError error = TeiErrorOf(refusal.verdict);
      answer.status = error.status;
      answer.body = PlainBody(refusal, error.type);
      break;
    }
    case ApiStyle::kOllama:
    case ApiStyle::kKserve:
      answer.body = PlainBody(refusal, "");
      break;
  }
  return answer;
}

HttpAnswer ErrorAnswer(const HttpRefusal& refusal, const HttpRequest* head) {
  const Verdict verdict = VerdictOf(refusal.status);
  HttpAnswer answer = ErrorAnswer(
      StyleOfPath(head == nullptr ? "" : std::string_view(head->path)),
      {.refusal = {.verdict = verdict,
                   .message = refusal.message,
                   .retry_after = std::chrono::milliseconds(MayRetry(verdict) ? 250 : 0)}});
  answer.status = refusal.status;
  return answer;
}

}  // namespace shoal
