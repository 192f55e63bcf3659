#include "json/writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/base64.h"
#include "base/check.h"
#include "base/utf8.h"

namespace shoal {
namespace {

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  std::array<char, 32> digits;  // the longest: -2.2250738585072014e-308, 24 characters
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  CHECK(end.ec == std::errc(), "32 characters hold every number");
  out.append(digits.data(), end.ptr);
}

constexpr std::size_t kFloatsAtOnce = 512;
constexpr std::size_t kMaxFloatChars = 15;  // -1.17549435e-38

// Returns the end.
char* WriteFloat(float value, char* to) {
  if (!std::isfinite(value)) return std::copy_n("null", 4, to);
  return std::to_chars(to, to + kMaxFloatChars, value).ptr;
}

// Valid UTF-8 with what JSON forbids in a string escaped; runs are copied whole.
void AppendEscaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, copied);
}

// Of eight bytes: is any below 0x20, above 0x7F, a quote or a backslash? (Alan Mycroft's test.)
bool HasSpecial8(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word;
  const std::uint64_t quotes = (quote - kOnes) & ~quote;
  const std::uint64_t backslashes = (backslash - kOnes) & ~backslash;
  return ((word | controls | quotes | backslashes) & kTops) != 0;
}

}  // namespace

bool IsPlainJson(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    if (HasSpecial8(text.data() + i)) return false;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), [](char c) {
    return static_cast<unsigned char>(c) - 0x20u < 0x60u && c != '"' && c != '\\';
  });
}

void JsonWriter::BeforeValue() {
  CHECK(open_.empty() || open_.back() == '[' || after_key_, "a value in an object has a key");
  CHECK(!open_.empty() || !needs_comma_, "a document is one value");
  if (needs_comma_ && !after_key_) out_ += ',';
  needs_comma_ = true;
  after_key_ = false;
}

void JsonWriter::Quoted(std::string_view text) {
  out_ += '"';
  if (IsPlainJson(text)) {
    out_.append(text) += '"';
    return;
  }
  while (const auto bad = FirstInvalidUtf8(text)) {
    AppendEscaped(out_, text.substr(0, *bad));
    out_ += "\xEF\xBF\xBD";
    text.remove_prefix(*bad + 1);
  }
  AppendEscaped(out_, text);
  out_ += '"';
}

JsonWriter& JsonWriter::End(char opened, char closing) {
  CHECK(!open_.empty() && open_.back() == opened && !after_key_, "what was begun is ended in turn");
  open_.pop_back();
  out_ += closing;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginObject() {
  BeforeValue();
  open_ += '{';
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndObject() { return End('{', '}'); }

JsonWriter& JsonWriter::BeginArray() {
  BeforeValue();
  open_ += '[';
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndArray() { return End('[', ']'); }

JsonWriter& JsonWriter::Key(std::string_view key) {
  CHECK(!open_.empty() && open_.back() == '{' && !after_key_, "a key stands in an object");
  if (needs_comma_) out_ += ',';
  Quoted(key);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view value) {
  BeforeValue();
  Quoted(value);
  return *this;
}

JsonWriter& JsonWriter::Base64(std::string_view bytes) {
  BeforeValue();
  out_ += '"';
  AppendBase64(out_, bytes);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::Int(std::int64_t value) {
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::UInt(std::uint64_t value) {
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Float(float value) {
  if (!std::isfinite(value)) return Null();
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Floats(std::span<const float> values) {
  BeforeValue();
  out_ += '[';
  while (!values.empty()) {
    const std::span<const float> some = values.first(std::min(values.size(), kFloatsAtOnce));
    values = values.subspan(some.size());
    const std::size_t before = out_.size();
    out_.resize(before + some.size() * (kMaxFloatChars + 1));
    char* to = out_.data() + before;
    for (const float value : some) {
      to = WriteFloat(value, to);
      *to++ = ',';
    }
    out_.resize(static_cast<std::size_t>(to - out_.data()));
  }
  if (out_.back() == ',') out_.pop_back();
  out_ += ']';
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  BeforeValue();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::Null() {
  BeforeValue();
  out_ += "null";
  return *this;
}

}  // namespace shoal
