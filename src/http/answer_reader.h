// Private to http. One answer of a server out of its bytes: the head by the parser of Boost.Beast,
// then the body by its length, in chunks, or until the server ends the connection. Nothing is kept
// before it is within the limits, and a body takes memory only as it comes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "http/chunk_reader.h"
#include "http/head_scanner.h"
#include "http/http_client_pool.h"

namespace shoal {

class AnswerReader {
 public:
  explicit AnswerReader(const AnswerLimits& limits) : limits_(limits) {}  // which outlive it

  // Takes what is of the answer off the front of `bytes`; what is left then follows the answer.
  // INTERNAL: it is no answer of HTTP/1.1, or over a limit. Not after that, nor when it is done.
  Status Take(std::string_view& bytes);
  // No byte will come any more. It may be what ends the answer, else UNAVAILABLE.
  Status PeerEnded();

  bool has_begun() const { return has_begun_; }  // a byte has come
  bool is_done() const { return state_ == State::kDone; }

  // When it is done, and before TakeAnswer: the server may be asked again.
  bool keeps_alive() const { return keeps_alive_; }
  // When it is done; then it is as new.
  ReceivedAnswer TakeAnswer();

 private:
  class Head;
  enum class State { kHead, kLength, kChunks, kUntilEnd, kDone };

  Status TakeHead(std::string_view& bytes);
  Status HeadCame(std::string_view head);
  Status FrameBody();
  Status TakeBody(std::string_view& bytes);
  Status Append(std::string_view bytes);

  const AnswerLimits& limits_;
  State state_ = State::kHead;
  bool has_begun_ = false;
  std::string head_;  // of which a part has come
  HeadScanner scanner_;
  ReceivedAnswer answer_;
  bool keeps_alive_ = false;
  std::uint64_t left_ = 0;             // kLength
  std::optional<ChunkReader> chunks_;  // kChunks
};

}  // namespace shoal
