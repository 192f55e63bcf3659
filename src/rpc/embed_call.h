// Private to rpc. The method Embed, and what it shares with EmbedStream.
#pragma once

#include <memory>
#include <optional>

#include "edge/call_report.h"
#include "edge/call_traces.h"
#include "edge/limits.h"
#include "edge/model_names.h"
#include "edge/pending_call.h"
#include "edge/request_id.h"
#include "rpc/reply_wire.h"
#include "rpc/server_call.h"

namespace shoal {

// What the calls of one server share.
struct EmbedShared {
  const Limits limits;
  const int dim;
  const ReplyHeader header;
  const ModelNames names;
  PendingCalls pending;
  RequestIds request_ids;
  CallReports reports;
  CallTraces traces;
};

// Refuses a request for another model, or one whose reply would not fit.
std::optional<Refusal> CheckRequest(const EmbedRequest& request, const EmbedShared& shared);

// `shared` outlives the method.
std::unique_ptr<ServerMethod> MakeEmbedMethod(ServerCall& call, EmbedShared& shared);

}  // namespace shoal
