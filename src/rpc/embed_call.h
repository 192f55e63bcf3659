// Private to rpc. One Embed call, from the bytes that arrived to the status that was sent.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "base/clock.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"
#include "edge/request_id.h"
#include "rpc/reply_wire.h"

namespace shoal {

// What the calls of one server share.
struct CallContext {
  EmbedHandler& handler;
  const Clock& clock;
  const Limits limits;
  const int dim;
  const ReplyHeader header;
  ByteBudget received;
  RequestIds request_ids;
};

// The slices of a received message and, while it lives, views of their bytes.
struct BodySlices {
  explicit BodySlices(const grpc::ByteBuffer& body);
  std::vector<grpc::Slice> slices;
  std::vector<std::string_view> views;
};

// The x-request-id that the client sent, or nothing.
std::string_view RequestIdOf(const grpc::CallbackServerContext& context);

// The gRPC deadline on our clock; none if the client set none.
std::optional<std::chrono::steady_clock::time_point> DeadlineOf(
    const grpc::CallbackServerContext& context, const Clock& clock);

// Whose share of the queue the call counts against: the client that the metadata `x-shoal-client`
// names, else the address that it comes from.
std::uint64_t ClientOf(const grpc::CallbackServerContext& context);

// Refuses a request whose reply would not fit.
std::optional<Refusal> CheckReplySize(const EmbedRequest& request, const CallContext& shared);

// Starts the call; it deletes itself when gRPC is done with it.
grpc::ServerUnaryReactor* StartEmbedCall(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* in, grpc::ByteBuffer* out,
                                         CallContext& shared);

}  // namespace shoal
