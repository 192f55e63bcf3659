// Private to http. A chunked body out of its frames, byte by byte: sizes are checked before their
// bytes come, extensions and trailers are passed over. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/http_message.h"

namespace shoal {

// What extensions and trailers of one body may take together.
constexpr std::size_t kMaxChunkExtras = 16 << 10;

class ChunkReader {
 public:
  explicit ChunkReader(std::size_t max_bytes) : max_bytes_(max_bytes), room_(max_bytes) {}

  // Takes bytes off the front of `bytes` until some of the body is found, which it returns; nothing
  // when all are taken, or it is done, or has refused. Not after either.
  std::string_view Next(std::string_view& bytes);

  bool is_done() const { return state_ == State::kDone; }  // with the trailers
  const std::optional<HttpRefusal>& refusal() const { return refusal_; }

 private:
  enum class State {
    kSize,       // before the first digit
    kMoreSize,   // behind it
    kExtension,  // behind the size
    kSizeEnd,    // before the line feed
    kData,
    kDataEnd,      // before the carriage return behind a chunk
    kDataEndFeed,  // before its line feed
    kLine,         // at the beginning of a trailer
    kTrailer,
    kTrailerEnd,  // before its line feed
    kEnd,         // before the last line feed
    kDone,
    kRefused,
  };

  void Take(char c);
  State AfterDigit(unsigned digit);
  State AfterExtra(char c, State still, State ends);
  State Refuse(int status, std::string_view message);

  const std::size_t max_bytes_;
  State state_ = State::kSize;
  std::size_t room_;      // bytes that may still be announced
  std::size_t size_ = 0;  // of the chunk, of which as much is still to come
  std::size_t extras_ = 0;
  std::size_t digits_ = 0;
  std::optional<HttpRefusal> refusal_;
};

}  // namespace shoal
