// Private to http. How the head of an answer is written. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http_message.h"

namespace shoal {

struct AnswerFraming {
  std::optional<std::uint64_t> length;  // of the body; else it is chunked, or ends as we do
  bool is_chunked = false;
  bool closes = false;
  bool says_keep_alive = false;  // to HTTP/1.0, which closes otherwise
};

// From the status line to the empty line. Control bytes in a header become spaces: what was echoed
// cannot begin a header of its own.
std::string AnswerHead(const HttpAnswer& answer, const AnswerFraming& framing);

// One header line. Control bytes become spaces.
void AppendField(std::string_view name, std::string_view value, std::string& to);

// Whether such an answer has a body at all: 204 and 304 have none.
bool MayHaveBody(int status);

}  // namespace shoal
