// A body that is written part by part, as the client reads it, if it is large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "routes/route_call.h"

namespace shoal {

// `Body` has size_hint(), kept_bytes(), Write() and is_done(), as VectorsBody does.
template <typename Body>
class PartedAnswer {
 public:
  explicit PartedAnswer(Body body) : body_(std::move(body)) {}

  // Once. `answer` has no body yet.
  void Begin(RouteCall& call, HttpAnswer answer) {
    comes_in_parts_ = body_.size_hint() > kAtOnce;
    answer.body.reserve(comes_in_parts_ ? kPart : body_.size_hint());
    body_.Write(answer.body, comes_in_parts_ ? kPart : SIZE_MAX);
    if (!comes_in_parts_) return call.Answer(std::move(answer));
    call.Begin(std::move(answer));
    call.reply().Keeps(body_.kept_bytes());
  }

  // Some of it has been sent.
  void GoOn(RouteCall& call) {
    if (!comes_in_parts_ || is_finished_ || call.reply().unsent_bytes() > kPart) return;
    std::string part;
    body_.Write(part, kPart);
    call.reply().Send(part);
    if (!body_.is_done()) return;
    is_finished_ = true;
    call.reply().Finish();
  }

 private:
  static constexpr std::size_t kAtOnce = 512 << 10;
  static constexpr std::size_t kPart = 128 << 10;

  Body body_;
  bool comes_in_parts_ = false;
  bool is_finished_ = false;
};

}  // namespace shoal
