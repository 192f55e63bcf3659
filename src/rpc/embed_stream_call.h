// Private to rpc. One EmbedStream: many requests on one stream, each answered when it is done.
//
//   reading ──► WalkStreamRequest ──► handler.Start(id, request, sink)    at most kStreamWindow
//                     │ refused              sink.Finish(outcome)         requests that are read
//                     └────────► queue ◄───────────┘                      and not yet written
//                                  └──► one write at a time
//
// A full window stops reading, and HTTP/2's flow control then stops the client: nothing is refused
// for want of room. Answers that wait to be written count too, so a client that does not read them
// cannot make the server keep more than a window of them.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>

#include "rpc/embed_call.h"

namespace shoal {

inline constexpr std::size_t kStreamWindow = 64;

using RawBidiReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// Starts the stream; it deletes itself when gRPC and every request in flight are done with it. The
// failure of one request travels in its answer. The stream ends with OK when the client has
// half-closed and everything is answered, with INVALID_ARGUMENT (after what is in flight) at bytes
// that are no protobuf message: a message without a request that can be read is answered like any
// other that fails.
RawBidiReactor* StartEmbedStream(grpc::CallbackServerContext* context, CallContext& shared);

}  // namespace shoal
