// Where workers attach: the coordinator's end of the worker link, a gRPC server of its own, so that
// a flood of clients cannot close the workers' connections.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/worker_link.h"
#include "base/status.h"

namespace shoal {

struct LinkServerOptions {
  std::string listen;      // HOST:PORT; port 0 takes a free one
  std::string join_token;  // what a worker must show; empty: nothing is asked
};

// Thread-safe. A worker without the token, and one that breaks the rules of the link (see
// link_conversion.h), is turned away with a status that says why. The handler never hears of the
// first; for the second its attachment ends like any other.
class LinkServer {
 public:
  // `handler` outlives the server. Attachment ids start at 1. UNAVAILABLE: the address cannot be
  // had.
  static Result<std::unique_ptr<LinkServer>> Start(LinkServerOptions options,
                                                   WorkerAttachmentHandler& handler);
  virtual ~LinkServer() = default;  // as Shutdown(0)

  // HOST:PORT with the port that was taken.
  virtual const std::string& address() const = 0;

  // Takes no new worker; attachments that have not ended after `grace` are cut. Blocks until the
  // handler has heard Closed of every attachment. A second call does nothing.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace shoal
