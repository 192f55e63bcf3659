#include "cli/text_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/utf8.h"
#include "json/value.h"

namespace shoal {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// A byte of text takes at most six in JSON (\u0000); the rest is for other keys of the object.
constexpr std::size_t kJsonBytesPerByte = 6;
constexpr std::size_t kOtherKeysBytes = std::size_t{1} << 16;

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
                                std::to_string(MaxLineBytes()) +
                                " bytes; --max-text-bytes raises the limit");
  }
  line.assign(buffer_, begin_, end - begin_);
  begin_ = std::min(end + 1, buffer_.size());
  if (position_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  return true;
}

Status TextReader::Check(std::string_view text) const {
  if (text.size() > options_.max_text_bytes) {
    return InvalidArgumentError(Where() + ": the text has " + std::to_string(text.size()) +
                                " bytes, accepted are " + std::to_string(options_.max_text_bytes) +
                                "; --max-text-bytes raises the limit");
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
  ASSIGN_OR_RETURN(const bool found, NextLine(text));
  if (!found) return false;
  if (const auto offset = FirstInvalidUtf8(text)) {
    return InvalidArgumentError(Where() + ": not valid UTF-8 at byte offset " +
                                std::to_string(*offset));
  }
  if (options_.format != InputFormat::kText) {
    const Result<JsonValue> object = ParseJson(text, {.name = Where()});
    const Result<std::string> value =
        object.ok() ? object->GetString("text") : Result<std::string>(object.status());
    if (options_.format == InputFormat::kAuto) {
      options_.format = value.ok() ? InputFormat::kJsonl : InputFormat::kText;
    }
    if (options_.format == InputFormat::kJsonl) {
      if (!value.ok()) return value.status();
      text = *value;
    }
  }
  RETURN_IF_ERROR(Check(text));
  return true;
}

bool TextReader::IsReady() const {
  if (fd_ < 0 || at_end_ || buffer_.find('\n', begin_) != std::string::npos) return true;
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) > 0;
}

}  // namespace shoal
