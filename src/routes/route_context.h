// What all routes share: the model that is served, and whom they hand requests to.
#pragma once

#include <optional>
#include <string>

#include "api/embed.h"
#include "api/model_info.h"
#include "api/tokenize.h"
#include "base/clock.h"
#include "edge/byte_budget.h"
#include "edge/call_report.h"
#include "edge/call_traces.h"
#include "edge/limits.h"
#include "edge/model_names.h"
#include "edge/pending_call.h"
#include "edge/request_id.h"

namespace shoal {

// On one thread; outlives the routes and what they have begun.
struct RouteContext {
  const Clock& clock;
  EmbedHandler& handler;
  TokenizeHandler& tokenizer;
  const Limits limits;
  const ModelInfo model;
  const ModelNames names;
  const std::string version;
  const bool auto_truncate = true;  // what TEI's routes do where a request does not say
  ByteBudget& received;             // bytes of requests that are not answered
  PendingCalls pending;
  RequestIds request_ids;
  CallReports reports;
  CallTraces traces{0, std::nullopt};
};

}  // namespace shoal
