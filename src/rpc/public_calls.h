// Private to rpc. What the public server serves, without its sockets: the methods by their paths,
// and what their calls share.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/embed.h"
#include "api/operator.h"
#include "base/clock.h"
#include "edge/limits.h"
#include "rpc/embed_call.h"
#include "rpc/health_service.h"
#include "rpc/operator_service.h"
#include "rpc/server_call.h"

namespace shoal {

// On one thread, but for set_serving of its health. Outlives the calls.
class PublicCalls {
 public:
  struct Options {
    Limits limits;
    int dim = 0;  // floats per vector
    std::vector<std::string> model_aliases;
    OperatorHandler* operator_handler = nullptr;  // null: no shoal.Operator
    OperatorAccess operator_access;
    ByteBudget* received = nullptr;                     // null: one of its own
    Post post;                                          // to the thread of the calls
    std::function<void()> ended;                        // pending() has fallen to zero
    std::function<void(const CallRecord&)> call_ended;  // as CallReports has it
    std::optional<TraceSampler> sampler;                // as CallTraces has it
  };

  // `handler` and `clock` outlive it.
  PublicCalls(const Options& options, EmbedHandler& handler, const Clock& clock,
              const ModelInfo& model);

  ServerCall::Shared& shared() { return shared_; }
  HealthService& health() { return health_; }
  std::size_t pending() const { return embed_.pending.count; }  // requests that the handler has

 private:
  ByteBudget own_received_;
  const OperatorAccess operator_access_;
  HealthService health_;
  EmbedShared embed_;
  ServerCall::Shared shared_;
};

}  // namespace shoal
