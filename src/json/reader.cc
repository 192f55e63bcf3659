#include "json/reader.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "base/utf8.h"
#include "json/scalar.h"
#include "json/tokens.h"

namespace shoal {
namespace {

using Type = JsonItem::Type;
using Fault = JsonTokens::Fault;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kShownBytes = 64;  // of a number or a key in a message

// Messages are logged, and nothing of a text is: of what was sent they show numbers, single
// characters, and keys that look like names. In a body that is not JSON any part may be a text.
std::string ShownNumber(std::string_view token) {
  if (token.size() <= kShownBytes) return std::string(token);
  return std::string(token.substr(0, kShownBytes)) + "\u2026";
}

std::string ShownKey(std::string_view key) {
  const bool is_name =
      key.size() <= kShownBytes && std::all_of(key.begin(), key.end(), [](char c) {
        const char lower = AsciiLower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  return is_name ? std::string(key) : "\u2026";
}

std::string FirstCharacter(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return std::string(text.substr(0, size));
}

std::string AtByte(std::size_t byte) { return " at byte " + std::to_string(byte); }

Type TypeOf(char first) {
  switch (first) {
    case '{':
      return Type::kObject;
    case '[':
      return Type::kArray;
    case '"':
      return Type::kString;
    case 't':
    case 'f':
      return Type::kBool;
    case 'n':
      return Type::kNull;
    default:
      return Type::kNumber;
  }
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "a boolean";
    case Type::kNumber:
      return "a number";
    case Type::kString:
      return "a string";
    case Type::kArray:
      return "an array";
    case Type::kObject:
      return "an object";
  }
  return "nothing known";
}

// Brackets that open pass; what is in them is looked at when it is read.
bool BeginsAValue(std::string_view token) {
  if (token.empty()) return false;
  switch (token.front()) {
    case '{':
    case '[':
    case '"':
      return true;
    case 't':
      return token == "true";
    case 'f':
      return token == "false";
    case 'n':
      return token == "null";
    default:
      return IsJsonNumber(token);
  }
}

std::string Shown(std::string_view token) {
  const bool is_bracket = token.front() == '{' || token.front() == '[';
  if (is_bracket || !BeginsAValue(token)) return "'" + FirstCharacter(token) + "'";
  return std::string(TypeName(TypeOf(token.front())));
}

}  // namespace

class JsonReading {
 public:
  JsonReading(std::string_view text, std::string_view name, std::size_t max_tokens)
      : text_(text), name_(name), max_tokens_(max_tokens) {}

  std::optional<JsonProblem> Run(const JsonItemVisitor& visit);

  bool ended() const { return stopped_ || problem_.has_value(); }
  std::string Where(std::size_t depth) const;

  // The value at which the reading stands, item and all.
  bool TakeElements(const JsonElementVisitor& visit);
  bool TakeMembers(const JsonMemberVisitor& visit);
  // Null: only looks at it.
  bool TakeString(std::string_view token, std::size_t depth, std::string_view* to);
  void TakeScalar() { ++at_; }

  // Each ends the reading and returns false.
  bool Fail(JsonProblem::Kind kind, std::size_t depth, std::string message);
  bool FailAbout(JsonProblem::Kind kind, std::size_t depth, const std::string& what);

 private:
  // What leads to a value, behind the step that leads to what it is in.
  struct Step {
    bool is_element;
    std::size_t index = 0;
    std::string_view key = {};
  };

  // Ordered by what is quick to compare.
  struct SeenKey {
    explicit SeenKey(std::string_view key)
        : hash(static_cast<std::uint32_t>(std::hash<std::string_view>()(key))),
          size(static_cast<std::uint32_t>(key.size())),
          data(key.data()) {}
    std::string_view text() const { return {data, size}; }
    bool operator==(const SeenKey& other) const {
      return hash == other.hash && text() == other.text();
    }
    bool operator<(const SeenKey& other) const {
      return hash != other.hash ? hash < other.hash : text() < other.text();
    }
    std::uint32_t hash;
    std::uint32_t size;
    const char* data;
  };

  bool IsAt(char token) const;
  template <typename Visit>
  bool Value(const Visit& visit);
  bool Key(std::string_view& key);
  bool NoKeyTwice(std::size_t first_key);
  bool Enter(bool is_array);
  bool Unescape(std::string_view escaped, std::size_t depth, std::string_view* to, bool is_key);

  bool FailText(const std::string& what);
  bool FailSyntax(const std::string& what);
  bool FailExpected(std::string_view expected);
  bool FailFault();

  const std::string_view text_;
  const std::string_view name_;
  const std::size_t max_tokens_;
  JsonTokens tokens_;
  std::optional<Fault> fault_;  // behind the tokens; the visitors are not called then
  std::size_t at_ = 0;          // of the tokens, the next to read
  std::vector<Step> path_;
  std::deque<SeenKey> keys_;           // of all open objects; grows without a copy
  std::unique_ptr<char[]> unescaped_;  // of strings with escapes, one behind the other
  std::size_t unescaped_bytes_ = 0;
  bool stopped_ = false;  // by a visitor
  std::optional<JsonProblem> problem_;
};

std::optional<JsonProblem> JsonReading::Run(const JsonItemVisitor& visit) {
  if (text_.size() > JsonTokens::kMaxBytes) {
    FailText("has " + std::to_string(text_.size()) + " bytes, expected at most " +
             std::to_string(JsonTokens::kMaxBytes));
    return std::move(problem_);
  }
  if (text_.starts_with("\xEF\xBB\xBF")) {
    FailText("begins with a byte order mark, which JSON does not have");
    return std::move(problem_);
  }
  fault_ = tokens_.Find(text_);
  if (tokens_.count() > max_tokens_) {
    FailText("has " + std::to_string(tokens_.count()) + " JSON tokens, expected at most " +
             std::to_string(max_tokens_));
    return std::move(problem_);
  }
  const bool is_whole = fault_ ? Value([](JsonItem&) { return true; }) : Value(visit);
  if (is_whole && at_ != tokens_.count()) FailExpected("nothing behind the value");
  if (fault_ && !problem_) FailFault();
  return std::move(problem_);
}

std::string JsonReading::Where(std::size_t depth) const {
  if (depth == 0) return std::string(name_);
  std::string where;
  for (std::size_t i = 0; i < depth; ++i) {
    const Step& step = path_[i];
    if (step.is_element) {
      where += "[" + std::to_string(step.index) + "]";
    } else {
      if (i > 0) where += ".";
      where += step.key.empty() ? "\"\"" : ShownKey(step.key);
    }
  }
  return where;
}

bool JsonReading::Fail(JsonProblem::Kind kind, std::size_t depth, std::string message) {
  if (!ended()) problem_ = {kind, depth == 0 ? "" : Where(depth), std::move(message)};
  return false;
}

bool JsonReading::FailAbout(JsonProblem::Kind kind, std::size_t depth, const std::string& what) {
  return Fail(kind, depth, Where(depth) + " " + what);
}

bool JsonReading::FailText(const std::string& what) {
  return FailAbout(JsonProblem::Kind::kSyntax, 0, what);
}

bool JsonReading::FailSyntax(const std::string& what) { return FailText("is not JSON: " + what); }

// At the end of the tokens before a fault it is the fault that is wrong.
bool JsonReading::FailExpected(std::string_view expected) {
  if (fault_ && at_ + 1 >= tokens_.count()) return false;
  if (text_.empty()) return FailText("is empty, expected JSON");
  if (tokens_.count() == 0) return FailText("is white space alone, expected JSON");
  std::string found = "the end";
  if (at_ < tokens_.count()) found = Shown(tokens_[at_]);
  return FailSyntax("expected " + std::string(expected) + AtByte(tokens_.Begin(at_)) + ", found " +
                    found);
}

bool JsonReading::FailFault() {
  stopped_ = false;  // it was no visitor's doing
  switch (fault_->kind) {
    case Fault::Kind::kUtf8:
      return FailAbout(JsonProblem::Kind::kUtf8, 0, "is not valid UTF-8" + AtByte(fault_->byte));
    case Fault::Kind::kControlCharacter:
      return FailSyntax("expected an escape for the control character in a string" +
                        AtByte(fault_->byte));
    case Fault::Kind::kUnclosedString:
      return FailSyntax("the string" + AtByte(fault_->byte) + " has no end");
  }
  return false;
}

bool JsonReading::IsAt(char token) const {
  return at_ < tokens_.count() && text_[tokens_.Begin(at_)] == token;
}

template <typename Visit>
bool JsonReading::Value(const Visit& visit) {
  const std::size_t depth = path_.size();
  if (fault_ && at_ + 1 >= tokens_.count()) {
    if (at_ == tokens_.count() || !fault_->in_string || fault_->kind != Fault::Kind::kUtf8) {
      return false;
    }
    // The byte within the string, as its sender sees it.
    const std::string_view front = tokens_[at_].substr(1);
    const auto buffer = std::make_unique<char[]>(front.size());
    const Unescaped unescaped = UnescapeJson(front, buffer.get());
    if (unescaped.outcome != Unescaped::Outcome::kDone) return false;
    return FailAbout(JsonProblem::Kind::kUtf8, depth,
                     "is not valid UTF-8" + AtByte(unescaped.size));
  }
  const std::string_view token = tokens_[at_];
  if (!BeginsAValue(token)) return FailExpected("a value");
  JsonItem item(*this, token, depth);
  if (!visit(item) || (!ended() && !item.taken_ && !item.Skip())) stopped_ = true;
  return !ended();
}

bool JsonReading::Enter(bool is_array) {
  if (path_.size() == kMaxDepth) {
    return FailText("is nested deeper than " + std::to_string(kMaxDepth) + " levels" +
                    AtByte(tokens_.Begin(at_)));
  }
  path_.push_back({.is_element = is_array});
  ++at_;
  return true;
}

bool JsonReading::TakeElements(const JsonElementVisitor& visit) {
  if (!Enter(/*is_array=*/true)) return false;
  for (std::size_t index = 0; index > 0 || !IsAt(']'); ++index) {
    path_.back().index = index;
    if (!Value([&](JsonItem& item) { return visit(index, item); })) return false;
    if (IsAt(']')) break;
    if (!IsAt(',')) return FailExpected("',' or ']'");
    ++at_;
  }
  path_.pop_back();
  ++at_;
  return true;
}

bool JsonReading::TakeMembers(const JsonMemberVisitor& visit) {
  if (!Enter(/*is_array=*/false)) return false;
  const std::size_t first_key = keys_.size();
  while (keys_.size() > first_key || !IsAt('}')) {
    std::string_view key;
    if (!Key(key)) return false;
    path_.back().key = key;
    keys_.emplace_back(key);
    if (!Value([&](JsonItem& item) { return visit(key, item); })) return false;
    if (IsAt('}')) break;
    if (!IsAt(',')) return FailExpected("',' or '}'");
    ++at_;
  }
  path_.pop_back();
  ++at_;
  return NoKeyTwice(first_key);
}

bool JsonReading::Key(std::string_view& key) {
  if (!IsAt('"') || (fault_ && at_ + 1 >= tokens_.count())) return FailExpected("a key");
  std::string_view escaped = tokens_[at_];
  escaped = escaped.substr(1, escaped.size() - 2);
  if (!Unescape(escaped, path_.size() - 1, &key, /*is_key=*/true)) return false;
  ++at_;
  if (!IsAt(':')) return FailExpected("':'");
  ++at_;
  return true;
}

// Sorted, not kept in a table: keys that were chosen for their hashes only cost their comparisons.
bool JsonReading::NoKeyTwice(std::size_t first_key) {
  const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(first_key);
  std::sort(first, keys_.end());
  const auto twice = std::adjacent_find(first, keys_.end());
  if (twice != keys_.end()) {
    const std::string what = "has the key \"" + ShownKey(twice->text()) + "\" twice";
    return FailAbout(JsonProblem::Kind::kSyntax, path_.size(), what);
  }
  keys_.erase(first, keys_.end());
  return true;
}

bool JsonReading::TakeString(std::string_view token, std::size_t depth, std::string_view* to) {
  if (!Unescape(token.substr(1, token.size() - 2), depth, to, /*is_key=*/false)) return false;
  ++at_;
  return true;
}

bool JsonReading::Unescape(std::string_view escaped, std::size_t depth, std::string_view* to,
                           bool is_key) {
  if (escaped.find('\\') == std::string_view::npos) {
    if (to != nullptr) *to = escaped;
    return true;
  }
  const auto begin = static_cast<std::size_t>(escaped.data() - text_.data());
  // No string is longer decoded, so this holds all that follow. Untouched pages take no memory.
  if (unescaped_ == nullptr) {
    unescaped_ = std::make_unique_for_overwrite<char[]>(text_.size() - begin);
  }
  char* const room = unescaped_.get() + unescaped_bytes_;
  const Unescaped unescaped = UnescapeJson(escaped, room);
  if (unescaped.outcome == Unescaped::Outcome::kBadEscape) {
    return FailSyntax("expected an escape" + AtByte(begin + unescaped.at) + ", found '" +
                      std::string(CutUtf8(escaped.substr(unescaped.at), 2)) + "'");
  }
  if (unescaped.outcome == Unescaped::Outcome::kHalfPair) {
    return Fail(JsonProblem::Kind::kUtf8, depth,
                (is_key ? "a key of " : "") + Where(depth) + " holds half of a surrogate pair (" +
                    std::string(escaped.substr(unescaped.at, 6)) + "), which is no character");
  }
  if (to != nullptr) {
    *to = {room, unescaped.size};
    unescaped_bytes_ += unescaped.size;
  }
  return true;
}

Type JsonItem::type() const { return TypeOf(token_.front()); }

std::string JsonItem::Where() const { return reading_.Where(depth_); }

bool JsonItem::WrongType(std::string_view expected) {
  return reading_.FailAbout(
      JsonProblem::Kind::kType, depth_,
      "is " + std::string(TypeName(type())) + ", expected " + std::string(expected));
}

bool JsonItem::Take(Type wanted, std::string_view expected) {
  if (reading_.ended()) return false;
  CHECK(!taken_, "a value is taken once");
  taken_ = true;
  return type() == wanted || WrongType(expected);
}

bool JsonItem::Read(std::string_view& to) {
  return Take(Type::kString, "a string") && reading_.TakeString(token_, depth_, &to);
}

bool JsonItem::Read(bool& to) {
  if (!Take(Type::kBool, "a boolean")) return false;
  to = token_ == "true";
  reading_.TakeScalar();
  return true;
}

bool JsonItem::Read(std::int64_t& to) {
  if (!Take(Type::kNumber, "an integer")) return false;
  const char* const end = token_.data() + token_.size();
  std::int64_t value = 0;
  const auto read = std::from_chars(token_.data(), end, value);
  if (read.ptr != end || read.ec != std::errc()) {
    using Limits = std::numeric_limits<std::int64_t>;
    std::string expected = "an integer";
    if (read.ptr == end) {
      expected += " from " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max());
    }
    return reading_.FailAbout(JsonProblem::Kind::kType, depth_,
                              "is " + ShownNumber(token_) + ", expected " + expected);
  }
  to = value;
  reading_.TakeScalar();
  return true;
}

bool JsonItem::Read(double& to) {
  if (!Take(Type::kNumber, "a number")) return false;
  double value = 0;
  const auto read = std::from_chars(token_.data(), token_.data() + token_.size(), value);
  if (read.ec != std::errc()) {
    return reading_.FailAbout(
        JsonProblem::Kind::kType, depth_,
        "is " + ShownNumber(token_) + ", expected a number that a double (64 bits) can hold");
  }
  to = value;
  reading_.TakeScalar();
  return true;
}

bool JsonItem::ReadElements(const JsonElementVisitor& visit) {
  return Take(Type::kArray, "an array") && reading_.TakeElements(visit);
}

bool JsonItem::ReadMembers(const JsonMemberVisitor& visit) {
  return Take(Type::kObject, "an object") && reading_.TakeMembers(visit);
}

bool JsonItem::Skip() {
  switch (type()) {
    case Type::kArray:
      return ReadElements([](std::size_t, JsonItem&) { return true; });
    case Type::kObject:
      return ReadMembers([](std::string_view, JsonItem&) { return true; });
    default:
      break;
  }
  if (!Take(type(), "")) return false;
  if (type() == Type::kString) return reading_.TakeString(token_, depth_, nullptr);
  reading_.TakeScalar();
  return true;
}

std::optional<JsonProblem> ReadJson(std::string_view text, std::string_view name,
                                    const JsonItemVisitor& visit, std::size_t max_tokens) {
  return JsonReading(text, name, max_tokens).Run(visit);
}

}  // namespace shoal
