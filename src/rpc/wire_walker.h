// Private to rpc. Reads an EmbedRequest from its wire bytes, checking every size before memory is
// taken for it. Why not the generated parser? It answers bad UTF-8 with an empty INTERNAL, and
// spends 56 bytes of heap on every 2-byte text before anybody can count them.
//
// Stricter than the generated parser in this: a known field of another wire type is refused, not
// skipped; so are groups, and a `request` that comes twice in a StreamRequest.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "api/embed.h"
#include "api/verdict.h"
#include "edge/limits.h"

namespace shoal {

// The request as the client wrote it: `request_id` may be empty or unfit, there is no deadline. Or
// why it is refused, with the place: `texts[3] is not valid UTF-8 at byte 17`. The body may lie in
// any number of slices; it is copied text by text.
using WalkedRequest = std::variant<EmbedRequest, Refusal>;
WalkedRequest WalkEmbedRequest(std::span<const std::string_view> slices, const Limits& limits);

struct StreamItem {
  std::uint64_t index = 0;
  WalkedRequest request;
};
// A message whose request is missing, comes twice or has another wire type is an item that is
// refused, under its index (0 if it has none that can be read). A Refusal of the whole means that
// the bytes are no protobuf message at all.
std::variant<StreamItem, Refusal> WalkStreamRequest(std::span<const std::string_view> slices,
                                                    const Limits& limits);

// The index of a StreamRequest of which only the beginning is there; 0 if that has none.
std::uint64_t ReadStreamIndex(std::string_view beginning);

}  // namespace shoal
