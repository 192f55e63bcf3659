#include "embed/json_line.h"

#include <algorithm>
#include <span>

#include "json/value.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxKeysNamed = 8;
constexpr std::size_t kMaxKeyBytesNamed = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// -0, 12.5, 1e400: of any size.
bool IsNumber(std::string_view word) {
  const auto digits = [&word] {
    const std::size_t count = static_cast<std::size_t>(
        std::find_if_not(word.begin(), word.end(), IsDigit) - word.begin());
    word.remove_prefix(count);
    return count;
  };
  if (word.starts_with('-')) word.remove_prefix(1);
  const bool zero = word.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (word.starts_with('.')) {
    word.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (word.starts_with('e') || word.starts_with('E')) {
    word.remove_prefix(1);
    if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return word.empty();
}

std::string_view TypeOf(std::string_view value) {
  switch (value.front()) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "a string";
    case 'n':
      return "null";
    case 't':
    case 'f':
      return "a boolean";
    default:
      return "a number";
  }
}

std::string Decoded(std::string_view quoted) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return std::string(inside);
  const Result<JsonValue> value = ParseJson(quoted);
  return value.ok() ? value->AsString().value() : std::string(inside);
}

// Walks over one document, without recursion.
class Walker {
 public:
  Walker(std::string_view line, std::string_view key, JsonLine& result)
      : line_(line), key_(key), result_(result) {}

  void Walk() {
    const std::size_t begin = line_.find_first_not_of(kBlanks);
    const bool whole = Value() && Rest();
    if (begin != std::string_view::npos) result_.type = TypeOf(line_.substr(begin));
    if (whole) {
      result_.kind = line_[begin] == '{' ? JsonLine::Kind::kObject : JsonLine::Kind::kOther;
    } else {
      result_.kind = at_ >= line_.size() ? JsonLine::Kind::kUnfinished : JsonLine::Kind::kNoJson;
    }
  }

 private:
  bool Fail(const std::string& what) {
    const bool ended = at_ >= line_.size();
    result_.error = "not valid JSON at byte " + std::to_string(at_) + ": " +
                    (ended ? "the line ends, expected " : "expected ") + what;
    return false;
  }
  void SkipBlanks() { at_ = std::min(line_.find_first_not_of(kBlanks, at_), line_.size()); }
  char Next() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  bool Rest() {
    SkipBlanks();
    return at_ == line_.size() || Fail("nothing more");
  }

  // A value with all that is in it.
  bool Value() {
    do {
      SkipBlanks();
      const std::size_t begin = at_;
      const char first = Next();
      if (first == '{' || first == '[') {
        if (open_.size() == kMaxJsonDepth) {
          return Fail("at most " + std::to_string(kMaxJsonDepth) + " levels");
        }
        open_ += first;
        ++at_;
        if (open_.size() == 2) begin_ = begin;
        SkipBlanks();
        const bool empty = Next() == Closing();
        if (!empty && (first == '[' || Key())) continue;
        if (!empty) return false;
      } else {
        if (!(first == '"' ? String() : Word())) return false;
        if (open_.size() == 1) Keep(begin);
      }
      if (!AfterValue()) return false;
    } while (!open_.empty());
    return true;
  }

  char Closing() const { return open_.back() == '{' ? '}' : ']'; }

  // Closes what ends here; then there is another value to come, or nothing is open.
  bool AfterValue() {
    while (!open_.empty()) {
      SkipBlanks();
      if (Next() == ',') {
        ++at_;
        SkipBlanks();
        return open_.back() == '[' || Key();
      }
      if (at_ >= line_.size() || Next() != Closing()) {
        return Fail(std::string("',' or '") + Closing() + "'");
      }
      ++at_;
      open_.pop_back();
      if (open_.size() == 1) Keep(begin_);
    }
    return true;
  }

  // A key and its colon.
  bool Key() {
    const std::size_t begin = at_;
    if (Next() != '"') return Fail("a key in double quotes");
    if (!String()) return false;
    if (open_.size() == 1) result_.keys.push_back(Decoded(line_.substr(begin, at_ - begin)));
    SkipBlanks();
    if (Next() != ':') return Fail("':'");
    ++at_;
    return true;
  }

  // The value from `begin` to here is a member of the outermost object.
  void Keep(std::size_t begin) {
    if (open_.front() != '{' || result_.keys.back() != key_) return;
    result_.values.push_back(line_.substr(begin, at_ - begin));
  }

  bool String() {
    for (++at_; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fail("control characters as \\u00XX");
      if (c == '\\' && !Escape()) return false;
    }
    return Fail("'\"'");
  }

  bool Escape() {
    ++at_;
    if (at_ >= line_.size()) return Fail("an escape");
    if (line_[at_] != 'u') {
      return std::string_view("\"\\/bfnrt").find(line_[at_]) != std::string_view::npos ||
             Fail("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      const bool hex =
          std::string_view("0123456789abcdefABCDEF").find(Next()) != std::string_view::npos;
      if (at_ >= line_.size() || !hex) return Fail("four hex digits after \\u");
    }
    return true;
  }

  bool Word() {
    const std::size_t end = std::min(line_.find_first_of(" \t\r\n,]}:[{\"", at_), line_.size());
    const std::string_view word = line_.substr(at_, end - at_);
    constexpr std::string_view kWords[] = {"true", "false",    "null",     "NaN",
                                           "-NaN", "Infinity", "-Infinity"};
    const bool known = std::ranges::find(kWords, word) != std::end(kWords) || IsNumber(word);
    if (!known && end == line_.size() && IsCutOff(word, kWords)) at_ = end;
    if (!known) return Fail("a value");
    at_ = end;
    return true;
  }

  static bool IsCutOff(std::string_view word, std::span<const std::string_view> words) {
    return IsNumber(std::string(word) + "0") ||
           std::ranges::any_of(words,
                               [word](std::string_view one) { return one.starts_with(word); });
  }

  const std::string_view line_;
  const std::string_view key_;
  JsonLine& result_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the outermost object's or array's member that is open
  std::string open_;       // '{' and '[', outermost first
};

// As JSON writes it, cut where it is long.
std::string Quoted(std::string_view key) {
  std::string quoted;
  const bool whole = key.size() <= kMaxKeyBytesNamed;
  JsonWriter(quoted).String(whole ? std::string(key)
                                  : std::string(key.substr(0, kMaxKeyBytesNamed)) + "...");
  return quoted;
}

std::string KeysFound(const JsonLine& line) {
  if (line.keys.empty()) return "it has no keys";
  std::string found = "found ";
  for (std::size_t i = 0; i < std::min(line.keys.size(), kMaxKeysNamed); ++i) {
    found += (i == 0 ? "" : ", ") + Quoted(line.keys[i]);
  }
  if (line.keys.size() > kMaxKeysNamed) {
    found += " and " + std::to_string(line.keys.size() - kMaxKeysNamed) + " more";
  }
  return found;
}

}  // namespace

JsonLine ReadJsonLine(std::string_view line, std::string_view key) {
  JsonLine result;
  Walker(line, key, result).Walk();
  return result;
}

Result<std::string> StringOf(const JsonLine& line, std::string_view key, const std::string& where) {
  const std::string name = Quoted(key);
  const auto refuse = [&where](const std::string& what) {
    return InvalidArgumentError(where + ": " + what);
  };
  if (!line.error.empty()) return refuse(line.error);
  if (line.kind != JsonLine::Kind::kObject) {
    return refuse("is " + std::string(line.type) + ", expected an object with a string " + name);
  }
  if (line.values.empty()) return refuse("no key " + name + ", " + KeysFound(line));
  if (line.values.size() > 1) {
    return refuse("key " + name + " appears " + std::to_string(line.values.size()) +
                  " times, expected once");
  }
  if (TypeOf(line.values[0]) != "a string") {
    return refuse(name + " is " + std::string(TypeOf(line.values[0])) + ", expected a string");
  }
  ASSIGN_OR_RETURN(const JsonValue value, ParseJson(line.values[0], {.name = where + ": " + name}));
  return value.AsString();
}

bool LooksLikeJson(std::string_view line, const JsonLine& read) {
  if (read.kind == JsonLine::Kind::kOther && read.type == "a string") return true;
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos || (line[begin] != '{' && line[begin] != '[')) return false;
  if (read.kind != JsonLine::Kind::kNoJson) return true;
  const std::size_t second = line.find_first_not_of(kBlanks, begin + 1);
  const std::string_view marks = line[begin] == '{' ? "\"'" : "{\"";
  return marks.find(line[second]) != std::string_view::npos;  // alone it would be unfinished
}

}  // namespace shoal
