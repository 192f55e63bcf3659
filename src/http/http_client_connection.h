// Private to http. A connection to a server: one request, its answer, the next request. Who owns it
// knows what a request may take of time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/descriptor.h"
#include "http/answer_reader.h"
#include "net/byte_connection.h"
#include "net/socket_loop.h"

namespace shoal {

// On the loop's thread.
class HttpClientConnection {
 public:
  // It may be destroyed from within either.
  struct Events {
    std::function<void(ReceivedAnswer answer)> answered;  // the request that was sent
    std::function<void(const Status& why)> closed;        // last; OK: the server ended it
  };

  // `limits` outlive it. Takes a connected, non-blocking socket.
  HttpClientConnection(SocketLoop& loop, Descriptor socket, const AnswerLimits& limits,
                       Events events);
  ~HttpClientConnection();  // in work: the server hears that nobody waits for the answer

  // While none is in work. It leaves at the end of the turn.
  void Send(std::string_view request);

  // After an answer: the server takes another request.
  bool keeps_alive() const { return keeps_alive_; }
  // After `closed`: the connection had served, and was closed before a byte of this answer came. So
  // the server may have closed it while it was idle.
  bool was_stale() const { return has_served_ && !reader_.has_begun(); }

 private:
  Status Received(std::string_view bytes);
  std::optional<Status> PeerEnded();
  void Answered(bool keeps_alive);

  const Events events_;
  AnswerReader reader_;
  bool in_work_ = false;
  bool has_served_ = false;
  bool keeps_alive_ = true;
  const std::shared_ptr<ByteConnection> bytes_;
};

}  // namespace shoal
