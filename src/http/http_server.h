// An HTTP/1.1 server for any routes. It lives on a loop of sockets that others may share.
//
//   Acceptor ──► HttpConnection ──► HttpSession ──► handler
//                  one a client       its requests, one at a time
//
// Slow and greedy clients are bounded, in time by http/http_connection.cc, in bytes by HttpLimits.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "http/http_session.h"
#include "net/acceptor.h"
#include "net/socket_loop.h"

namespace shoal {

struct HttpServerOptions {
  std::string listen;  // HOST:PORT; port 0 takes a free one
  HttpSession::Options serve;
  // A connection was closed because a limit was reached. On the loop's thread. May be empty.
  std::function<void(const RefusedConnection&)> connection_refused;
};

// Thread-safe.
class HttpServer {
 public:
  // `clock` and `loop` outlive the server. The handler is called on the loop's thread, and answers
  // there. INVALID_ARGUMENT: `listen` is no address. UNAVAILABLE: it cannot be had. Not on the
  // loop's thread.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, const Clock& clock,
                                                   SocketLoop& loop);
  ~HttpServer();  // as Shutdown(0)

  // HOST:PORT with the port that was taken.
  const std::string& address() const { return address_; }

  // Takes no new connection and, on those it has, no further request than those that have begun.
  // Not on the loop's thread, as all of these.
  void Drain();
  // Drains; blocks until what has begun is answered, or `grace` is over, and closes the rest. A
  // second call does nothing.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  class Impl;
  HttpServer(std::unique_ptr<Impl> impl, std::string address);

  std::unique_ptr<Impl> impl_;
  std::string address_;
};

}  // namespace shoal
