#include "http/chunk_reader.h"

#include <algorithm>
#include <string>

namespace shoal {
namespace {

// More than any size has, so that zeros before it have an end too.
constexpr std::size_t kMaxDigits = 16;

// 16: none.
unsigned DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return 16;
}

bool IsControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

std::string_view ChunkReader::Next(std::string_view& bytes) {
  while (!bytes.empty() && state_ != State::kDone && state_ != State::kRefused) {
    if (state_ != State::kData) {
      Take(bytes[0]);
      bytes.remove_prefix(1);
      continue;
    }
    const std::string_view some = bytes.substr(0, size_);
    bytes.remove_prefix(some.size());
    size_ -= some.size();
    if (size_ == 0) state_ = State::kDataEnd;
    return some;
  }
  return {};
}

void ChunkReader::Take(char c) {
  const auto expect = [&](char wanted, State then) {
    return c == wanted ? then : Refuse(400, "found no line end where one of a chunk is due");
  };
  switch (state_) {
    case State::kSize:
    case State::kMoreSize:
      if (const unsigned digit = DigitOf(c); digit < 16) {
        state_ = AfterDigit(digit);
      } else if (state_ == State::kSize || (c != ';' && c != ' ' && c != '\t' && c != '\r')) {
        state_ = Refuse(400, "found a chunk without a size in hexadecimal digits");
      } else {
        state_ = AfterExtra(c, State::kExtension, State::kSizeEnd);
      }
      return;
    case State::kExtension:
      state_ = AfterExtra(c, State::kExtension, State::kSizeEnd);
      return;
    case State::kSizeEnd:
      room_ -= size_;
      digits_ = 0;
      state_ = expect('\n', size_ > 0 ? State::kData : State::kLine);
      return;
    case State::kDataEnd:
      state_ = expect('\r', State::kDataEndFeed);
      return;
    case State::kDataEndFeed:
      state_ = expect('\n', State::kSize);
      return;
    case State::kLine:
      state_ = AfterExtra(c, State::kTrailer, State::kEnd);
      return;
    case State::kTrailer:
      state_ = AfterExtra(c, State::kTrailer, State::kTrailerEnd);
      return;
    case State::kTrailerEnd:
      state_ = expect('\n', State::kLine);
      return;
    case State::kEnd:
      state_ = expect('\n', State::kDone);
      return;
    case State::kData:
    case State::kDone:
    case State::kRefused:
      return;
  }
}

ChunkReader::State ChunkReader::AfterDigit(unsigned digit) {
  if (++digits_ > kMaxDigits) return Refuse(400, "found a size of a chunk with too many digits");
  // No overflow: what is multiplied is at most room_, which is far from the largest number.
  size_ = size_ * 16 + digit;
  if (size_ > room_) {
    return Refuse(413,
                  "found chunks of more bytes than the accepted " + std::to_string(max_bytes_));
  }
  return State::kMoreSize;
}

// Of an extension or a trailer.
ChunkReader::State ChunkReader::AfterExtra(char c, State still, State ends) {
  if (c == '\r') return ends;
  if (IsControl(c)) return Refuse(400, "found a control character in an extension or trailer");
  if (++extras_ > kMaxChunkExtras) {
    return Refuse(400, "found more than " + std::to_string(kMaxChunkExtras) +
                           " bytes of extensions and trailers");
  }
  return still;
}

ChunkReader::State ChunkReader::Refuse(int status, std::string_view message) {
  refusal_ = HttpRefusal{.status = status, .message = std::string(message)};
  return State::kRefused;
}

}  // namespace shoal
