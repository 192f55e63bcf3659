#include "load/http_form.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "api/verdict.h"
#include "base/base64.h"
#include "json/reader.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::string_view kAnswer = "the answer";

Status Unfit(const std::string& what) {
  return InternalError("found an answer that does not fit: " + what);
}

// "0.5" of 500 ms.
std::string DecimalSeconds(std::chrono::milliseconds time) {
  std::string thousandths = std::to_string(1000 + time.count() % 1000).substr(1);
  while (thousandths.size() > 1 && thousandths.back() == '0') thousandths.pop_back();
  return std::to_string(time.count() / 1000) + "." + thousandths;
}

std::string OpenAiBody(HttpForm form, const std::string& model,
                       const std::vector<std::string>& texts) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("model").String(model).Key("input").BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray().Key("encoding_format");
  json.String(form == HttpForm::kOpenAiBase64 ? "base64" : "float").EndObject();
  return body;
}

std::string TeiBody(const std::vector<std::string>& texts, const EmbedOptions& options) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("inputs").BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray().Key("truncate").Bool(options.truncate.value_or(true));
  if (!options.prompt_name.empty()) json.Key("prompt_name").String(options.prompt_name);
  json.EndObject();
  return body;
}

void AddUnlessEmpty(std::string name, const std::string& value, std::vector<HttpField>& to) {
  if (!value.empty()) to.push_back({.name = std::move(name), .value = value});
}

// Vectors as they come, each as long as the first.
class Vectors {
 public:
  explicit Vectors(EmbedReply& reply) : reply_(reply) {}

  bool Add(JsonItem& item) {
    const std::size_t before = reply_.vectors.size();
    if (item.type() == JsonItem::Type::kString) {
      if (!AddBase64(item)) return false;
    } else if (!AddNumbers(item)) {
      return false;
    }
    const std::size_t floats = (reply_.vectors.size() - before) / sizeof(float);
    if (count_++ == 0) reply_.dim = static_cast<int>(floats);
    if (floats == 0 || floats != static_cast<std::size_t>(reply_.dim)) {
      problem_ =
          "vectors of " + std::to_string(reply_.dim) + " and " + std::to_string(floats) + " floats";
      return false;
    }
    return true;
  }

  std::size_t count() const { return count_; }
  const std::string& problem() const { return problem_; }

 private:
  bool AddNumbers(JsonItem& item) {
    return item.ReadElements([this](std::size_t, JsonItem& element) {
      double number = 0;
      if (!element.Read(number)) return false;
      const auto value = static_cast<float>(number);
      reply_.vectors.append(reinterpret_cast<const char*>(&value), sizeof(value));
      return true;
    });
  }
  bool AddBase64(JsonItem& item) {
    std::string_view text;
    if (!item.Read(text)) return false;
    const std::optional<std::string> bytes = FromBase64(text);
    if (!bytes || bytes->size() % sizeof(float) != 0) {
      problem_ = item.Where() + " is not base64 of float32";
      return false;
    }
    reply_.vectors.append(*bytes);
    return true;
  }

  EmbedReply& reply_;
  std::size_t count_ = 0;
  std::string problem_;
};

bool ReadText(JsonItem& item, std::string& to) {
  std::string_view text;
  if (!item.Read(text)) return false;
  to = text;
  return true;
}

// Strings and nothing else are taken.
bool ReadIfText(JsonItem& item, std::string& to) {
  return item.type() == JsonItem::Type::kString ? ReadText(item, to) : item.Skip();
}

bool ReadDatum(std::size_t position, JsonItem& item, Vectors& vectors) {
  return item.ReadMembers([&](std::string_view key, JsonItem& member) {
    if (key == "embedding") return vectors.Add(member);
    if (key != "index") return member.Skip();
    std::int64_t index = 0;
    if (!member.Read(index)) return false;
    return std::cmp_equal(index, position) || member.WrongType(std::to_string(position));
  });
}

bool ReadOpenAi(JsonItem& root, Vectors& vectors, EmbedAnswer& answer) {
  return root.ReadMembers([&](std::string_view key, JsonItem& item) {
    if (key == "model") return ReadText(item, answer.model);
    if (key == "data") {
      return item.ReadElements([&](std::size_t position, JsonItem& datum) {
        return ReadDatum(position, datum, vectors);
      });
    }
    if (key != "usage") return item.Skip();
    return item.ReadMembers([&](std::string_view name, JsonItem& member) {
      std::int64_t tokens = 0;
      if (name != "prompt_tokens") return member.Skip();
      if (!member.Read(tokens)) return false;
      answer.reply.token_counts = {static_cast<std::uint32_t>(tokens)};
      return true;
    });
  });
}

bool ReadTei(JsonItem& root, Vectors& vectors) {
  return root.ReadElements([&](std::size_t, JsonItem& item) { return vectors.Add(item); });
}

std::vector<std::uint32_t> TokensOfTei(const ReceivedAnswer& answer) {
  const std::string_view text = answer.headers.Find("x-compute-tokens").value_or("");
  std::uint32_t tokens = 0;
  if (std::from_chars(text.begin(), text.end(), tokens).ec != std::errc()) return {};
  return {tokens};
}

// Of a server that gives no word of ours.
StatusCode CodeOfHttp(int status) {
  switch (status) {
    case 400:
    case 422:
      return StatusCode::kInvalidArgument;
    case 401:
      return StatusCode::kUnauthenticated;
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return StatusCode::kNotFound;
    case 408:
    case 504:
      return StatusCode::kDeadlineExceeded;
    case 413:
    case 429:
      return StatusCode::kResourceExhausted;
    case 499:
      return StatusCode::kCancelled;
    case 424:
    case 500:
      return StatusCode::kInternal;
    case 501:
      return StatusCode::kUnimplemented;
    case 502:
    case 503:
      return StatusCode::kUnavailable;
    default:
      return StatusCode::kUnknown;
  }
}

struct ErrorWords {
  std::string message;
  std::string reason;
};

// {"error":{"message":..., "code":...}} of OpenAI, {"error":..., "error_type":...} of the other.
// What is neither has no words.
ErrorWords WordsOf(const std::string& body) {
  ErrorWords words;
  const auto member = [&](std::string_view key, JsonItem& item) {
    if (key == "message") return ReadIfText(item, words.message);
    if (key == "code") return ReadIfText(item, words.reason);
    return item.Skip();
  };
  const auto problem = ReadJson(body, kAnswer, [&](JsonItem& root) {
    return root.ReadMembers([&](std::string_view key, JsonItem& item) {
      if (key == "error_type") return ReadIfText(item, words.reason);
      if (key != "error") return item.Skip();
      if (item.type() == JsonItem::Type::kObject) return item.ReadMembers(member);
      return ReadIfText(item, words.message);
    });
  });
  return problem ? ErrorWords() : words;
}

Status ErrorOf(const ReceivedAnswer& answer) {
  if (answer.status == 200) return {};
  ErrorWords words = WordsOf(answer.body);
  if (const auto header = answer.headers.Find("x-shoal-code")) words.reason = *header;
  const std::optional<Verdict> verdict = ParseVerdict(words.reason);
  const bool is_known = verdict && *verdict != Verdict::kOk;
  if (words.message.empty()) words.message = "HTTP status " + std::to_string(answer.status);
  return {is_known ? CodeOf(*verdict) : CodeOfHttp(answer.status), std::move(words.message)};
}

bool ReadOpenAiModel(JsonItem& item, ModelInfo& to) {
  return item.ReadMembers([&](std::string_view key, JsonItem& member) {
    std::int64_t number = 0;
    std::string text;
    if (key == "id") return ReadText(member, to.name);
    if (key == "dimensions" || key == "max_input_tokens") {
      if (!member.Read(number)) return false;
      (key == "dimensions" ? to.dim : to.max_tokens) = static_cast<int>(number);
      return true;
    }
    if (key != "precision") return member.Skip();
    if (!ReadText(member, text)) return false;
    to.precision = ParsePrecision(text).value_or(to.precision);
    return true;
  });
}

bool ReadModels(JsonItem& root, ModelInfo& to) {
  return root.ReadMembers([&](std::string_view key, JsonItem& item) {
    if (key != "data") return item.Skip();
    return item.ReadElements([&](std::size_t position, JsonItem& model) {
      return position == 0 ? ReadOpenAiModel(model, to) : model.Skip();
    });
  });
}

bool ReadTeiInfo(JsonItem& root, ModelInfo& to) {
  return root.ReadMembers([&](std::string_view key, JsonItem& item) {
    std::int64_t number = 0;
    if (key == "model_id") return ReadText(item, to.name);
    if (key != "max_input_length") return item.Skip();
    if (!item.Read(number)) return false;
    to.max_tokens = static_cast<int>(number);
    return true;
  });
}

}  // namespace

std::vector<HttpField> CommonHeaders(HttpForm form) {
  std::vector<HttpField> headers = {{.name = "Content-Type", .value = "application/json"},
                                    {.name = "Accept", .value = "application/json"},
                                    {.name = "User-Agent", .value = "shoal"}};
  if (form != HttpForm::kTei) {
    headers.push_back({.name = "Authorization", .value = "Bearer shoal"});
    headers.push_back({.name = "x-stainless-retry-count", .value = "0"});
  }
  return headers;
}

HttpClientRequest EmbedRequestOf(HttpForm form, const std::string& model,
                                 const std::vector<std::string>& texts,
                                 const EmbedOptions& options) {
  const bool is_tei = form == HttpForm::kTei;
  HttpClientRequest request = {
      .method = "POST",
      .target = is_tei ? "/embed" : "/v1/embeddings",
      .headers = {},
      .body = is_tei ? TeiBody(texts, options)
                     : OpenAiBody(form, options.model.empty() ? model : options.model, texts)};
  if (options.timeout) {
    request.timeout = *options.timeout;
    request.headers.push_back(
        is_tei ? HttpField{"x-request-timeout-ms", std::to_string(options.timeout->count())}
               : HttpField{"x-stainless-read-timeout", DecimalSeconds(*options.timeout)});
  }
  AddUnlessEmpty("x-request-id", options.request_id, request.headers);
  AddUnlessEmpty("x-shoal-priority", options.priority, request.headers);
  AddUnlessEmpty("x-shoal-client", options.client, request.headers);
  return request;
}

Result<EmbedAnswer> EmbedAnswerOf(HttpForm form, const ReceivedAnswer& answer, std::size_t texts) {
  RETURN_IF_ERROR(ErrorOf(answer));
  EmbedAnswer to;
  Vectors vectors(to.reply);
  const auto problem = ReadJson(answer.body, kAnswer, [&](JsonItem& root) {
    return form == HttpForm::kTei ? ReadTei(root, vectors) : ReadOpenAi(root, vectors, to);
  });
  if (problem) return Unfit(problem->message);
  if (!vectors.problem().empty()) return Unfit(vectors.problem());
  if (vectors.count() != texts) {
    return Unfit(std::to_string(vectors.count()) + " vectors for " + std::to_string(texts) +
                 " texts");
  }
  if (form == HttpForm::kTei) to.reply.token_counts = TokensOfTei(answer);
  to.reply.token_counts.resize(texts);
  return to;
}

std::chrono::milliseconds RetryAfterOf(const ReceivedAnswer& answer) {
  constexpr std::int64_t kMost = 86'400'000;
  if (answer.status == 200) return std::chrono::milliseconds(0);
  for (const auto& [name, factor] :
       {std::pair("retry-after-ms", 1), std::pair("retry-after", 1000)}) {
    const std::string_view text = answer.headers.Find(name).value_or("");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc() || end != text.end()) continue;  // a date, which nobody sends
    return std::chrono::milliseconds(std::clamp<std::int64_t>(number, 0, kMost) * factor);
  }
  return std::chrono::milliseconds(0);
}

HttpClientRequest InfoRequestOf(HttpForm form) {
  return {.target = form == HttpForm::kTei ? "/info" : "/v1/models"};
}

Result<ServiceInfo> InfoOf(HttpForm form, const ReceivedAnswer& answer) {
  RETURN_IF_ERROR(ErrorOf(answer));
  ServiceInfo info;
  const auto problem = ReadJson(answer.body, kAnswer, [&](JsonItem& root) {
    return form == HttpForm::kTei ? ReadTeiInfo(root, info.model) : ReadModels(root, info.model);
  });
  if (problem) return Unfit(problem->message);
  if (info.model.name.empty()) return Unfit("it names no model");
  return info;
}

}  // namespace shoal
