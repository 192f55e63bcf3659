// Private to http. One request out of its bytes: the head by the parser of Boost.Beast, with
// stricter rules (http/request_head.h), then the body, which takes memory only as it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/chunk_reader.h"
#include "http/http_message.h"

namespace shoal {

class RequestParser {
 public:
  // Both outlive it.
  RequestParser(const HttpLimits& limits, const HoldBody& hold_body)
      : limits_(limits), hold_body_(hold_body) {}

  // First: all of the head, as HeadScanner finds it.
  std::optional<HttpRefusal> ParseHead(std::string_view head);
  // Then, until it is done: how many of `bytes` are of the body, the rest is what follows. Not
  // after a refusal.
  std::size_t ParseBody(std::string_view bytes);
  const std::optional<HttpRefusal>& refusal() const { return refusal_; }  // of the body

  // All below after ParseHead has taken the head.

  bool is_done() const { return chunks_ ? chunks_->is_done() : left_ == 0; }
  bool is_http11() const { return is_http11_; }
  bool keeps_alive() const { return keeps_alive_; }  // the client may send another request
  // It waits for "100 Continue" before it sends the body.
  bool expects_continue() const {
    return is_http11_ && !is_done() && request_.headers.Find("expect").has_value();
  }
  // Bytes of the body that are to come for certain.
  std::uint64_t body_left() const { return left_; }
  HttpRequest& request() { return request_; }

 private:
  class Head;

  std::optional<HttpRefusal> FrameBody();
  void Append(std::string_view bytes);

  const HttpLimits& limits_;
  const HoldBody& hold_body_;
  HttpRequest request_;
  bool is_http11_ = true;
  bool keeps_alive_ = false;
  std::uint64_t left_ = 0;             // of a body whose length is known
  std::optional<ChunkReader> chunks_;  // of one whose length is not
  std::size_t room_ = 0;               // of the body in memory, accounted for
  std::optional<HttpRefusal> refusal_;
};

}  // namespace shoal
