// The texts of a run, one after the other: arguments, or the lines of a file or of stdin.
//
//   text    a line is a text; an empty line is an empty text
//   jsonl   a line is a JSON object with a string `text`; other keys are ignored (json_line.h).
//           Blank lines at the end are none; one before another line is an error
//   auto    jsonl when the file's name ends in .jsonl or its first line is such an object. A first
//           line that looks like JSON and is no such object is an error: nobody wants its braces
//           embedded. Text otherwise
//
// Memory is bounded by one line. Every error names file and line (or the argument).
//
// A regular file can be read in two sittings: the first one keeps a mark, the second skips to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/sha256.h"

namespace shoal {

enum class InputFormat { kAuto, kText, kJsonl };

struct TextReaderOptions {
  InputFormat format = InputFormat::kAuto;
  std::string text_key = "text";  // of the objects of jsonl
  std::size_t max_text_bytes = std::size_t{1} << 20;
  // What messages call these settings.
  std::string format_name = "format";
  std::string text_key_name = "text_key";
  std::string max_text_bytes_name = "max_text_bytes";
  // Asked when waiting for input was interrupted: true ends the input as if it were over.
  std::function<bool()> stop = [] { return false; };
};

// How far a reader of a regular file is, and how it read.
struct TextMark {
  std::uint64_t texts = 0;                  // given out
  std::uint64_t bytes = 0;                  // of the file: their lines
  std::string sha256;                       // of these bytes
  InputFormat format = InputFormat::kAuto;  // as it was found; kAuto before the first text
  std::string text_key = "text";

  bool operator==(const TextMark&) const = default;
};

// Movable. Not thread-safe.
class TextReader {
 public:
  static TextReader OfArguments(std::vector<std::string> arguments, TextReaderOptions options);
  // "-" is stdin.
  static Result<TextReader> OfFile(const std::string& path, TextReaderOptions options);
  TextReader(TextReader&& other) noexcept;
  TextReader& operator=(TextReader&&) = delete;
  ~TextReader();

  // The next text, valid UTF-8. False: there is none. Blocks until there is one.
  Result<bool> Next(std::string& text);

  // Would Next go on without waiting for whoever writes the other end of a pipe?
  bool IsReady() const;

  // How many texts there are, where that can be known: arguments, and regular files (which are read
  // through once to count lines; blank ones at the end of JSON lines are counted, though).
  const std::optional<std::uint64_t>& total() const { return total_; }

  // Of what is read; -1: arguments.
  int descriptor() const { return fd_; }

  // Can this be read in two sittings?
  bool is_regular_file() const { return read_ != nullptr; }
  // After the last text that was given out; a text that was refused is not counted. Only of a
  // regular file.
  TextMark Mark() const;
  // Before the first Next of a regular file: goes on where `mark` was made. FAILED_PRECONDITION:
  // the file does not begin with the bytes that were read then, or is to be read in another format
  // or with another key.
  Status SkipTo(const TextMark& mark);

 private:
  TextReader(TextReaderOptions options, std::string name, int fd);
  Status CountLines();
  Status Fill();
  Result<bool> NextLine(std::string& line);
  Result<bool> AfterBlankLines(std::string& line);
  std::size_t MaxLineBytes() const;
  Status Parse(std::string& text);
  Status ParseJson(std::string& text) const;
  Status Guess(const std::string& line);
  Status Check(std::string_view text) const;
  std::string Where() const;

  TextReaderOptions options_;
  std::string name_;  // of the file, for messages
  int fd_ = -1;       // -1: arguments
  std::vector<std::string> arguments_;
  std::size_t position_ = 0;  // line or argument that was read last, from 1
  std::string buffer_;        // read and not yet given out
  std::size_t begin_ = 0;     // of that, in the buffer
  bool at_end_ = false;
  std::size_t line_begin_ = 0;    // of the last line, in the buffer; it ends at begin_
  TextMark mark_;                 // but for the sum
  std::unique_ptr<Sha256> read_;  // the sum so far; only of a regular file
  std::optional<std::uint64_t> total_;
};

}  // namespace shoal
