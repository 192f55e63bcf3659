// Where workers attach: the coordinator's end of the worker link, on the coordinator's own loop. A
// port of its own, so that a flood of clients cannot close the workers' connections.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/worker_link.h"
#include "base/status.h"
#include "net/socket_loop.h"

namespace shoal {

struct LinkServerOptions {
  std::string listen;       // HOST:PORT; port 0 takes a free one
  std::string socket_path;  // of a Unix-domain socket for workers of this machine; empty: none
  std::string join_token;   // what a worker must show; empty: nothing is asked
};

// Thread-safe. A connection has 5 s for its Hello. A worker without the token, and one that breaks
// the rules of the link (see link_conversion.h), is turned away with a Refuse that says why. The
// handler never hears of one that did not greet rightly; for another its attachment ends like any.
class LinkServer {
 public:
  // `handler` and `loop` outlive the server. Attachment ids start at 1. UNAVAILABLE: an address
  // cannot be had. Not on the loop's thread.
  static Result<std::unique_ptr<LinkServer>> Start(LinkServerOptions options,
                                                   WorkerAttachmentHandler& handler,
                                                   SocketLoop& loop);
  virtual ~LinkServer() = default;  // as Shutdown(0)

  // HOST:PORT with the port that was taken.
  virtual const std::string& address() const = 0;

  // Takes no new worker; attachments that have not ended after `grace` are cut. Blocks until the
  // handler has heard Closed of every attachment. A second call does nothing. Not on the loop's
  // thread.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace shoal
