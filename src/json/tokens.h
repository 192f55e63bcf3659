// Private to json. Where the tokens of a JSON text begin: its brackets, colons, commas, strings,
// and runs of anything else, which are numbers and literals where the text is JSON. simdjson finds
// them, 64 bytes at a time, and looks at every byte for UTF-8 and for control characters in
// strings. Where it finds a fault it does not say where; then a slow scan does.
//
// This is the first stage of simdjson's parsers alone. What it reads is the text and no padding
// behind it, so the text need not be copied. The second stage, the grammar, is reader.cc's: that of
// "on demand" checks only what is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace shoal {

class JsonTokens {
 public:
  struct Fault {
    enum class Kind { kUtf8, kControlCharacter, kUnclosedString };
    Kind kind;
    std::size_t byte;  // of kUnclosedString: where the string begins
    bool in_string;    // which is then the last token, without its end
  };

  JsonTokens();
  ~JsonTokens();
  JsonTokens(const JsonTokens&) = delete;
  JsonTokens& operator=(const JsonTokens&) = delete;

  static constexpr std::size_t kMaxBytes = 0xFFFF'FF00u;

  // At most kMaxBytes, which outlive this. On a fault the tokens are those before it.
  std::optional<Fault> Find(std::string_view text);
  // The slow scan alone.
  std::optional<Fault> FindSlowly(std::string_view text);

  std::size_t count() const { return count_; }
  // `index` may be count(): the end of the text.
  std::size_t Begin(std::size_t index) const {
    return index < count_ ? begins_[index] : text_.size();
  }
  // From its first byte to the next token, without white space at the end. One that does not begin
  // with a quotation mark may have one inside.
  std::string_view operator[](std::size_t index) const {
    const std::size_t begin = Begin(index);
    std::size_t end = Begin(index + 1);
    while (end > begin && IsSpace(text_[end - 1])) --end;
    return text_.substr(begin, end - begin);
  }

 private:
  struct Parser;
  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  static bool EndsARun(char c);
  void Reserve(std::size_t bytes);

  std::unique_ptr<Parser> parser_;  // owns what `begins_` points to
  std::uint32_t* begins_ = nullptr;
  std::size_t count_ = 0;
  std::string_view text_;  // to the fault
};

}  // namespace shoal
