// The gRPC server that clients talk to: text_embedding.TextEmbedding, shoal.Operator, health and
// reflection. It lives on a loop of sockets that others may share.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/embed.h"
#include "api/operator.h"
#include "api/records.h"
#include "api/trace_context.h"
#include "base/clock.h"
#include "base/status.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"
#include "net/acceptor.h"
#include "net/socket_loop.h"

namespace shoal {

struct PublicServerOptions {
  std::string listen;  // HOST:PORT; port 0 takes a free one
  Limits limits;
  int dim = 0;  // floats per vector: bounds the reply before any work is done
  std::vector<std::string> model_aliases = {};
  OperatorHandler* operator_handler = nullptr;  // outlives the server; null: no shoal.Operator
  std::string operator_token = {};  // that shoal.Operator asks for; empty: as OperatorAccess has it
  // Of limits.max_received_bytes, what requests of other servers take too. Outlives the server;
  // null: one of its own.
  ByteBudget* received = nullptr;
  // A connection was closed because a limit was reached. On the loop's thread, not after Shutdown
  // has returned. May be empty.
  std::function<void(const RefusedConnection&)> connection_refused;
  std::function<void(const CallRecord&)> call_ended = {};  // on the loop's thread; may be empty
  std::optional<TraceSampler> sampler = {};                // absent: no traces are recorded
};

// Thread-safe.
class PublicServer {
 public:
  // `handler`, `clock` and `loop` outlive the server. The handler is called on the loop's thread,
  // and answers there. Health says NOT_SERVING until SetServing(true). UNAVAILABLE: the address
  // cannot be had. Not on the loop's thread.
  static Result<std::unique_ptr<PublicServer>> Start(const PublicServerOptions& options,
                                                     EmbedHandler& handler, const Clock& clock,
                                                     SocketLoop& loop);
  virtual ~PublicServer() = default;  // as Shutdown(0)

  // HOST:PORT with the port that was taken.
  virtual const std::string& address() const = 0;

  // What the health service answers for "" and text_embedding.TextEmbedding.
  virtual void SetServing(bool serving) = 0;

  // Takes no new connection, and asks clients to open their next calls elsewhere. Blocks until they
  // have heard it, for at most a second; until then their calls are served. Not on the loop's
  // thread.
  virtual void GoAway() = 0;

  // Takes no new connection or call; calls still open after `grace` are cancelled. Blocks until
  // every call has ended, so the handler must finish what it is told to cancel. A second call does
  // nothing. Not on the loop's thread.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace shoal
