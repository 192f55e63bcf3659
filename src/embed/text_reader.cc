#include "embed/text_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/utf8.h"
#include "embed/json_line.h"

namespace shoal {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// A byte of text takes at most six in JSON (\u0000); the rest is for other keys of the object.
constexpr std::size_t kJsonBytesPerByte = 6;
constexpr std::size_t kOtherKeysBytes = std::size_t{1} << 16;
constexpr std::string_view kBlanks = " \t\r\n";

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace

TextReader::TextReader(TextReaderOptions options, std::string name, int fd)
    : options_(std::move(options)), name_(std::move(name)), fd_(fd) {}

TextReader::TextReader(TextReader&& other) noexcept
    : options_(std::move(other.options_)),
      name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      arguments_(std::move(other.arguments_)),
      position_(other.position_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      at_end_(other.at_end_),
      line_begin_(other.line_begin_),
      mark_(std::move(other.mark_)),
      read_(std::move(other.read_)),
      total_(other.total_) {}

TextReader::~TextReader() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

TextReader TextReader::OfArguments(std::vector<std::string> arguments, TextReaderOptions options) {
  TextReader reader(std::move(options), "", -1);
  reader.total_ = arguments.size();
  reader.arguments_ = std::move(arguments);
  return reader;
}

Result<TextReader> TextReader::OfFile(const std::string& path, TextReaderOptions options) {
  if (path == "-") return TextReader(std::move(options), "stdin", STDIN_FILENO);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError("open " + path, errno);
  TextReader reader(std::move(options), path, fd);
  if (path.ends_with(".jsonl") && reader.options_.format == InputFormat::kAuto) {
    reader.options_.format = InputFormat::kJsonl;
  }
  RETURN_IF_ERROR(reader.CountLines());
  return reader;
}

Status TextReader::CountLines() {
  struct stat info {};
  if (fstat(fd_, &info) != 0) return ErrnoError("stat " + name_, errno);
  if (S_ISDIR(info.st_mode)) return InvalidArgumentError(name_ + " is a folder");
  if (!S_ISREG(info.st_mode)) return {};
  std::array<char, kReadSize> bytes;
  std::uint64_t lines = 0;
  char last = '\n';
  while (true) {
    const ssize_t count = read(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR && !options_.stop()) continue;
    if (count < 0) return ErrnoError("read " + name_, errno);
    if (count == 0) break;
    for (ssize_t i = 0; i < count; ++i) lines += bytes[static_cast<std::size_t>(i)] == '\n';
    last = bytes[static_cast<std::size_t>(count) - 1];
  }
  if (last != '\n') ++lines;
  if (lseek(fd_, 0, SEEK_SET) != 0) return ErrnoError("seek " + name_, errno);
  total_ = lines;
  read_ = std::make_unique<Sha256>();
  return {};
}

TextMark TextReader::Mark() const {
  CHECK(is_regular_file(), "nothing else can be read again");
  TextMark mark = mark_;
  mark.sha256 = read_->Sum();
  return mark;
}

Status TextReader::SkipTo(const TextMark& mark) {
  CHECK(is_regular_file() && position_ == 0, "asked before anything was read");
  Status changed = FailedPreconditionError(
      name_ + " has changed: its first " + std::to_string(mark.bytes) +
      " bytes are not those of the " + std::to_string(mark.texts) + " texts that were embedded");
  while (mark_.bytes < mark.bytes && !at_end_) {
    RETURN_IF_ERROR(Fill());
    begin_ = std::min<std::uint64_t>(buffer_.size(), mark.bytes - mark_.bytes);
    read_->Update(std::string_view(buffer_).substr(0, begin_));
    mark_.bytes += begin_;
  }
  const bool whole_lines = begin_ == 0 || buffer_[begin_ - 1] == '\n';
  if (!whole_lines && begin_ == buffer_.size()) RETURN_IF_ERROR(Fill());  // is it the last line?
  if (mark_.bytes != mark.bytes || read_->Sum() != mark.sha256) return changed;
  if (!whole_lines && begin_ < buffer_.size()) return changed;
  if (mark.texts > 0) {
    if (options_.format == InputFormat::kAuto) options_.format = mark.format;
    if (options_.format != mark.format) {
      return FailedPreconditionError(name_ + " was read in another " + options_.format_name);
    }
    if (options_.format == InputFormat::kJsonl && options_.text_key != mark.text_key) {
      return FailedPreconditionError(name_ + " was read with the " + options_.text_key_name + " " +
                                     mark.text_key + ", this run has " + options_.text_key);
    }
  }
  mark_ = mark;
  position_ = mark.texts;
  return {};
}

std::string TextReader::Where() const {
  if (fd_ < 0) return "argument " + std::to_string(position_);
  return name_ + ":" + std::to_string(position_);
}

std::size_t TextReader::MaxLineBytes() const {
  if (options_.format == InputFormat::kText) return options_.max_text_bytes;
  return options_.max_text_bytes * kJsonBytesPerByte + kOtherKeysBytes;
}

// Reads more into the buffer, or finds the end.
Status TextReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadSize);
  ssize_t count = -1;
  while (count < 0) {
    count = read(fd_, buffer_.data() + size, kReadSize);
    if (count >= 0 || (errno == EINTR && !options_.stop())) continue;
    if (errno != EINTR) return ErrnoError("read " + name_, errno);
    count = 0;
    buffer_.clear();  // a line that was cut off is no text
  }
  if (count == 0) at_end_ = true;
  if (!buffer_.empty()) buffer_.resize(size + static_cast<std::size_t>(count));
  return {};
}

Result<bool> TextReader::NextLine(std::string& line) {
  std::size_t searched = begin_;
  std::size_t end = buffer_.find('\n', searched);
  while (end == std::string::npos && !at_end_ && buffer_.size() - begin_ <= MaxLineBytes()) {
    searched = buffer_.size() - begin_;
    RETURN_IF_ERROR(Fill());
    end = buffer_.find('\n', std::min(searched, buffer_.size()));
  }
  if (end == std::string::npos) end = buffer_.size();
  if (at_end_ && begin_ == buffer_.size()) return false;
  ++position_;
  if (end - begin_ > MaxLineBytes()) {
    return InvalidArgumentError(Where() + ": the line has more than " +
                                std::to_string(MaxLineBytes()) + " bytes; " +
                                options_.max_text_bytes_name + " raises the limit");
  }
  line.assign(buffer_, begin_, end - begin_);
  line_begin_ = begin_;
  begin_ = std::min(end + 1, buffer_.size());
  if (position_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  return true;
}

Status TextReader::Check(std::string_view text) const {
  if (text.size() > options_.max_text_bytes) {
    return InvalidArgumentError(Where() + ": the text has " + std::to_string(text.size()) +
                                " bytes, accepted are " + std::to_string(options_.max_text_bytes) +
                                "; " + options_.max_text_bytes_name + " raises the limit");
  }
  if (const auto offset = FirstInvalidUtf8(text)) {
    return InvalidArgumentError(Where() + ": not valid UTF-8 at byte offset " +
                                std::to_string(*offset));
  }
  return {};
}

Result<bool> TextReader::Next(std::string& text) {
  if (fd_ < 0) {
    if (position_ == arguments_.size()) return false;
    text = std::move(arguments_[position_++]);
    RETURN_IF_ERROR(Check(text));
    return true;
  }
  ASSIGN_OR_RETURN(bool found, NextLine(text));
  if (found && options_.format == InputFormat::kJsonl && IsBlank(text)) {
    ASSIGN_OR_RETURN(found, AfterBlankLines(text));
  }
  if (!found) return false;
  RETURN_IF_ERROR(Parse(text));
  if (is_regular_file()) {
    read_->Update(std::string_view(buffer_).substr(line_begin_, begin_ - line_begin_));
    mark_.texts = position_;
    mark_.bytes += begin_ - line_begin_;
    mark_.format = options_.format;
    mark_.text_key = options_.text_key;
  }
  return true;
}

// `line` is blank. At the end there is no other; elsewhere it is an error.
Result<bool> TextReader::AfterBlankLines(std::string& line) {
  const std::string where = Where();
  while (IsBlank(line)) {
    ASSIGN_OR_RETURN(const bool found, NextLine(line));
    if (!found) return false;
  }
  return InvalidArgumentError(where +
                              ": the line is blank, expected an object; blank lines are "
                              "accepted at the end alone");
}

// From the line that `text` is to the text that the line holds.
Status TextReader::Parse(std::string& text) {
  if (const auto offset = FirstInvalidUtf8(text)) {
    return InvalidArgumentError(Where() + ": not valid UTF-8 at byte offset " +
                                std::to_string(*offset));
  }
  if (options_.format == InputFormat::kAuto) RETURN_IF_ERROR(Guess(text));
  if (options_.format == InputFormat::kJsonl) RETURN_IF_ERROR(ParseJson(text));
  return Check(text);
}

Status TextReader::ParseJson(std::string& text) const {
  Result<std::string> value =
      StringOf(ReadJsonLine(text, options_.text_key), options_.text_key, Where());
  if (!value.ok()) return value.status();
  text = *std::move(value);
  return {};
}

// Decides the format by the first line that is not blank. Blank ones before it are texts, if it is
// one.
Status TextReader::Guess(const std::string& line) {
  if (IsBlank(line)) return {};
  const JsonLine read = ReadJsonLine(line, options_.text_key);
  options_.format = InputFormat::kText;
  if (!LooksLikeJson(line, read)) return {};
  const std::string accepted = "accepted are objects {\"" + options_.text_key +
                               "\": \"...\"}, one a line; " + options_.text_key_name +
                               " NAME reads another key, " + options_.format_name +
                               " text takes lines as they are";
  const Result<std::string> value =
      StringOf(read, options_.text_key, Where() + ": looks like JSON");
  if (!value.ok()) return InvalidArgumentError(value.status().message() + "; " + accepted);
  if (position_ > 1) {
    return InvalidArgumentError(Where() + ": looks like JSON after blank lines; " + accepted);
  }
  options_.format = InputFormat::kJsonl;
  return {};
}

bool TextReader::IsReady() const {
  // Past a blank line of JSON lines Next has to see whether another line comes.
  const std::size_t begin =
      options_.format == InputFormat::kJsonl
          ? std::min(buffer_.find_first_not_of(kBlanks, begin_), buffer_.size())
          : begin_;
  if (fd_ < 0 || at_end_ || buffer_.find('\n', begin) != std::string::npos) return true;
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) > 0;
}

}  // namespace shoal
