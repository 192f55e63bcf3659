// Private to rpc. The method Embed, and what it shares with EmbedStream.
#pragma once

#include <memory>
#include <optional>

#include "edge/request_id.h"
#include "rpc/pending_call.h"
#include "rpc/reply_wire.h"
#include "rpc/server_call.h"

namespace shoal {

// What the calls of one server share.
struct EmbedShared {
  const Limits limits;
  const int dim;
  const ReplyHeader header;
  PendingCalls pending;
  RequestIds request_ids;
};

// Refuses a request whose reply would not fit.
std::optional<Refusal> CheckReplySize(const EmbedRequest& request, const EmbedShared& shared);

// `shared` outlives the method.
std::unique_ptr<ServerMethod> MakeEmbedMethod(ServerCall& call, EmbedShared& shared);

}  // namespace shoal
