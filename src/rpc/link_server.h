// Where workers attach: the coordinator's end of the worker link, on the coordinator's own loop. A
// port of its own, so that a flood of clients cannot close the workers' connections.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/worker_link.h"
#include "base/status.h"
#include "net/acceptor.h"
#include "net/socket_loop.h"

namespace shoal {

// Who was turned away, or cut off without a word.
struct TurnedAway {
  std::string_view peer;  // written as PeerOf does (net/acceptor.h)
  std::string_view why;   // may hold 64 KiB of what the peer said
};

struct LinkServerOptions {
  std::string listen;       // HOST:PORT; port 0 takes a free one
  std::string socket_path;  // of a Unix-domain socket for workers of this machine; empty: none
  std::string join_token;   // what a worker must show; empty: nothing is asked
  // Both on the loop's thread, not after Shutdown has returned. May be empty.
  // A connection was closed because a limit was reached: "worker-connections" or "open files".
  std::function<void(const RefusedConnection&)> connection_refused;
  // Once for each connection: it did not greet, broke the rules of the link, or was sent a Refuse
  // by the handler. One that ends by itself is not told of, whatever it has said.
  std::function<void(const TurnedAway&)> turned_away;
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
