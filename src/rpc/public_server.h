// The gRPC server that clients talk to: text_embedding.TextEmbedding, shoal.Operator, health and
// reflection.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/embed.h"
#include "api/operator.h"
#include "base/clock.h"
#include "base/status.h"
#include "edge/limits.h"
#include "net/accept_loop.h"

namespace shoal {

struct PublicServerOptions {
  std::string listen;  // HOST:PORT; port 0 takes a free one
  Limits limits;
  int dim = 0;  // floats per vector: bounds the reply before any work is done
  OperatorHandler* operator_handler = nullptr;  // outlives the server; null: no shoal.Operator
  // A connection was closed because a limit was reached. On one thread, not after Shutdown has
  // returned. May be empty.
  AcceptLoop::RefusedCallback connection_refused;
};

// Thread-safe.
class PublicServer {
 public:
  // `handler` and `clock` outlive the server. Health says NOT_SERVING until SetServing(true).
  // UNAVAILABLE: the address cannot be had.
  static Result<std::unique_ptr<PublicServer>> Start(const PublicServerOptions& options,
                                                     EmbedHandler& handler, const Clock& clock);
  virtual ~PublicServer() = default;  // as Shutdown(0)

  // HOST:PORT with the port that was taken.
  virtual const std::string& address() const = 0;

  // What the health service answers for "" and text_embedding.TextEmbedding.
  virtual void SetServing(bool serving) = 0;

  // Takes no new connection or call; calls still open after `grace` are cancelled. Blocks until
  // every call has ended, so the handler must finish what it is told to cancel. A second call does
  // nothing.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace shoal
