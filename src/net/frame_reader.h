// Frames out of a stream of bytes: a length of four bytes, little-endian, then so many bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

inline constexpr std::size_t kFrameHeader = 4;  // bytes

// Writes the length of a frame into the kFrameHeader bytes at `out`.
void WriteFrameLength(std::size_t length, char* out);

// Memory grows with what has come, never on the word of a length. Not thread-safe.
class FrameReader {
 public:
  // False: no more frames are wanted.
  using Take = std::function<Result<bool>(std::string_view frame)>;

  explicit FrameReader(std::size_t max_frame) : max_frame_(max_frame) {}

  // For the frames that follow; from within `take` too.
  void set_max_frame(std::size_t max_frame) { max_frame_ = max_frame; }

  // Hands on the frames that `bytes` completes, each valid during the call. INVALID_ARGUMENT: a
  // length above the limit; or the error of `take`. Nothing may follow an error.
  Status Read(std::string_view bytes, const Take& take);

  // The stream may end here.
  bool is_between_frames() const { return rest_.empty(); }

 private:
  Result<std::size_t> TakeWhole(std::string_view bytes, const Take& take) const;

  std::size_t max_frame_;
  std::string rest_;  // the beginning of a frame
};

}  // namespace shoal
