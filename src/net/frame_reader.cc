#include "net/frame_reader.h"

namespace shoal {
namespace {

// What once held much gives its memory back.
constexpr std::size_t kKept = 1 << 20;

std::size_t ReadLength(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kFrameHeader; ++i) {
    length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return length;
}

}  // namespace

void WriteFrameLength(std::size_t length, char* out) {
  for (std::size_t i = 0; i < kFrameHeader; ++i) out[i] = static_cast<char>(length >> (8 * i));
}

Status FrameReader::Read(std::string_view bytes, const Take& take) {
  if (rest_.empty()) {
    ASSIGN_OR_RETURN(const std::size_t taken, TakeWhole(bytes, take));
    rest_ = bytes.substr(taken);
    return {};
  }
  rest_ += bytes;
  ASSIGN_OR_RETURN(const std::size_t taken, TakeWhole(rest_, take));
  rest_.erase(0, taken);
  if (rest_.empty() && rest_.capacity() > kKept) rest_.shrink_to_fit();
  return {};
}

// How many bytes the whole frames are.
Result<std::size_t> FrameReader::TakeWhole(std::string_view bytes, const Take& take) const {
  std::size_t taken = 0;
  while (bytes.size() - taken >= kFrameHeader) {
    const std::size_t length = ReadLength(bytes.substr(taken));
    if (length > max_frame_) {
      return InvalidArgumentError("found a frame of " + std::to_string(length) +
                                  " bytes, accepted at most " + std::to_string(max_frame_));
    }
    if (bytes.size() - taken - kFrameHeader < length) break;
    ASSIGN_OR_RETURN(const bool more, take(bytes.substr(taken + kFrameHeader, length)));
    taken += kFrameHeader + length;
    if (!more) break;
  }
  return taken;
}

}  // namespace shoal
