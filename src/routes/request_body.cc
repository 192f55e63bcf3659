#include "routes/request_body.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "edge/request_checks.h"

namespace shoal {
namespace {

using Type = JsonItem::Type;

// Of JSON beside the texts and the commas between them: fields that are not known.
constexpr std::size_t kTokensBesides = 100'000;

Verdict VerdictOf(JsonProblem::Kind kind) {
  switch (kind) {
    case JsonProblem::Kind::kSyntax:
      return Verdict::kInvalidJson;
    case JsonProblem::Kind::kUtf8:
      return Verdict::kInvalidUtf8;
    case JsonProblem::Kind::kType:
      return Verdict::kInvalidRequest;
  }
  return Verdict::kInvalidRequest;
}

// "input" of "input[3]" and of "inputs.sentences[3]".
std::string FieldOf(std::string_view path) {
  return std::string(path.substr(0, path.find_first_of(".[")));
}

// Takes a null.
bool IsNull(JsonItem& item) { return item.type() == Type::kNull && item.Skip(); }

}  // namespace

std::optional<Fault> RequestBody::Read(std::string_view body, const Field& field) {
  const auto problem = ReadJson(
      body, "the body",
      [&](JsonItem& root) {
        if (root.type() != Type::kObject) return root.WrongType("an object");
        return root.ReadMembers(field);
      },
      2 * limits_.max_texts + kTokensBesides);
  if (fault_) return std::exchange(fault_, std::nullopt);
  if (!problem) return std::nullopt;
  return Fault{{.verdict = VerdictOf(problem->kind), .message = problem->message},
               FieldOf(problem->path)};
}

bool RequestBody::Refuse(Fault fault) {
  fault_ = std::move(fault);
  return false;
}

bool RequestBody::ReadTexts(JsonItem& item, std::vector<std::string>& to, bool& is_list,
                            bool may_be_empty) {
  is_list = item.type() == Type::kArray;
  if (item.type() == Type::kString) return ReadOne(item, std::nullopt, to);
  if (!is_list) return item.WrongType("a string or an array of strings");
  std::size_t count = 0;
  const bool read = item.ReadElements([&](std::size_t index, JsonItem& element) {
    count = index + 1;
    if (auto refusal = CheckTextCount(noun_, count, limits_)) return Refuse({*std::move(refusal)});
    const bool is_number = element.type() == Type::kNumber || element.type() == Type::kArray;
    if (index == 0 && is_number) return RefuseTokenIds();
    if (element.type() != Type::kString) return element.WrongType("a string");
    return ReadOne(element, index, to);
  });
  if (!read) return false;
  if (count > 0 || may_be_empty) return true;
  return Refuse({*CheckTextCount(noun_, 0, limits_)});
}

bool RequestBody::ReadOne(JsonItem& item, std::optional<std::size_t> index,
                          std::vector<std::string>& to) {
  std::string_view text;
  if (!item.Read(text)) return false;
  if (auto refusal = CheckTextBytes({noun_, index}, text.size(), limits_)) {
    return Refuse({*std::move(refusal)});
  }
  to.emplace_back(text);
  return true;
}

bool RequestBody::RefuseTokenIds() {
  return Refuse({{.verdict = Verdict::kTokenIdsNotSupported,
                  .message = std::string(noun_) + " holds token ids; strings are accepted"}});
}

bool RequestBody::ReadText(JsonItem& item, std::string_view name, std::string& to) {
  std::string_view text;
  if (!item.Read(text)) return false;
  if (auto refusal = CheckTextBytes({name}, text.size(), limits_)) {
    return Refuse({*std::move(refusal)});
  }
  to = text;
  return true;
}

bool RequestBody::ReadWord(JsonItem& item, std::string_view name, std::string& to) {
  if (IsNull(item)) return true;
  std::string_view word;
  if (!item.Read(word)) return false;
  if (auto refusal = CheckWordBytes({name}, word.size())) {
    return Refuse({*std::move(refusal), std::string(name)});
  }
  to = word;
  return true;
}

bool RequestBody::ReadFlag(JsonItem& item, bool& to) { return IsNull(item) || item.Read(to); }

bool RequestBody::ReadFlag(JsonItem& item, std::optional<bool>& to) {
  return IsNull(item) || item.Read(to.emplace());
}

bool RequestBody::ReadNumber(JsonItem& item, std::optional<std::int64_t>& to) {
  return IsNull(item) || item.Read(to.emplace());
}

std::optional<Fault> CheckDimensions(std::optional<std::int64_t> wanted, const ModelInfo& model) {
  if (!wanted || *wanted == model.dim) return std::nullopt;
  return Fault{
      {.verdict = Verdict::kInvalidRequest,
       .message = "dimensions is " + std::to_string(*wanted) + "; the vectors of '" + model.name +
                  "' have " + std::to_string(model.dim) + " and cannot be shortened"},
      "dimensions"};
}

std::optional<Fault> CheckBodyHeaders(const HttpHeaders& headers) {
  const std::string_view encoding = headers.Find("content-encoding").value_or("identity");
  if (AsciiLower(encoding) != "identity") {
    return Fault{{.verdict = Verdict::kInvalidRequest,
                  .message = "header content-encoding is \"" + std::string(encoding) +
                             "\"; bodies are accepted as they are, not compressed"}};
  }
  const std::string type = AsciiLower(headers.Find("content-type").value_or(""));
  const std::size_t at = type.find("charset=");
  if (at == std::string::npos) return std::nullopt;
  std::string_view charset = std::string_view(type).substr(at + 8);
  charset = charset.substr(0, charset.find_first_of("; "));
  if (charset.size() >= 2 && charset.front() == '"')
    charset = charset.substr(1, charset.size() - 2);
  if (charset == "utf-8" || charset == "utf8" || charset == "us-ascii") return std::nullopt;
  return Fault{{.verdict = Verdict::kInvalidRequest,
                .message = "header content-type has the charset \"" + std::string(charset) +
                           "\"; utf-8 is accepted"}};
}

}  // namespace shoal
