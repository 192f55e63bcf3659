// Private to rpc. The method EmbedStream: many requests on one stream, each answered when it is
// done.
//
//   message ──► WalkStreamRequest ──► PendingCall ──► answer    at most kStreamWindow requests
//                     │ refused                         ▲       that are read and not yet sent
//                     └─────────────────────────────────┘
//
// A full window takes no message, and HTTP/2's flow control then stops the client: nothing is
// refused for want of room. Answers that wait to be sent count too, so a client that does not read
// them cannot make the server keep more than a window of them.
#pragma once

#include <cstddef>
#include <memory>

#include "rpc/embed_call.h"

namespace shoal {

inline constexpr std::size_t kStreamWindow = 64;

// The failure of one request travels in its answer. The stream ends with OK when the client has
// half-closed and everything is answered, with INVALID_ARGUMENT (after what is in flight) at bytes
// that are no protobuf message: a message without a request that can be read is answered like any
// other that fails. `shared` outlives the method.
std::unique_ptr<ServerMethod> MakeEmbedStreamMethod(ServerCall& call, EmbedShared& shared);

}  // namespace shoal
