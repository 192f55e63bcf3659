// The rules on one request that every public edge applies, and the words that it refuses with. They
// know no wire: an edge asks about a length before it takes memory for it, and about the bytes once
// it has them. Nothing means that the rule is kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "api/embed.h"
#include "api/verdict.h"
#include "edge/limits.h"

namespace shoal {

// What the client calls a value: `model`, or with an index `texts[3]`.
struct FieldName {
  std::string_view noun;
  std::optional<std::size_t> index{};
};

// EMPTY_INPUT without a text, TOO_MANY_INPUTS above the limit. `noun` is the list's name. While a
// list is still being read, ask before each text, counting that text.
std::optional<Refusal> CheckTextCount(std::string_view noun, std::size_t count,
                                      const Limits& limits);

// INPUT_TOO_LARGE.
std::optional<Refusal> CheckTextBytes(const FieldName& name, std::size_t bytes,
                                      const Limits& limits);

// A word is what steers a request and is not embedded, such as `model`, `priority`, `prompt_name`
// and `request_id`. INVALID_REQUEST above 1,024 bytes.
std::optional<Refusal> CheckWordBytes(const FieldName& name, std::size_t bytes);

// INVALID_UTF8, of a text or a word.
std::optional<Refusal> CheckUtf8(const FieldName& name, std::string_view bytes);

// `normal`, `high` or `bulk`; an empty word is `normal`. Others are an INVALID_REQUEST.
std::variant<Priority, Refusal> ParsePriority(const FieldName& name, std::string_view word);

// PAYLOAD_TOO_LARGE, for a whole request of `bytes` as it is received.
std::optional<Refusal> CheckRequestBytes(std::size_t bytes, const Limits& limits);

// REPLY_TOO_LARGE, for a reply to `texts` texts that takes up to `bytes` on the edge's wire.
std::optional<Refusal> CheckReplyBytes(std::size_t texts, std::size_t bytes, const Limits& limits);

// OVERLOADED: `bytes` more do not fit into the budget of received bytes.
Refusal OutOfBytes(std::size_t bytes);

}  // namespace shoal
