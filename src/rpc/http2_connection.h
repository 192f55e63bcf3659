// Private to rpc. A client's connection: HTTP/2 over its socket, and how long it may be silent.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/descriptor.h"
#include "net/byte_connection.h"
#include "net/socket_loop.h"
#include "rpc/http2_session.h"
#include "rpc/server_call.h"

namespace shoal {

// On the loop's thread.
class Http2Connection {
 public:
  using TimePoint = SocketLoop::TimePoint;

  struct Events {
    // Nothing is lost if the connection is destroyed now: all is sent, and the client had no call
    // when it was asked to go.
    std::function<void()> finished;
    std::function<void()> closed;  // last; not where the connection is destroyed
  };

  // `loop`, `shared` and `unsent` (as Http2Session counts it) outlive it. Both events come once, or
  // `closed` alone, and none from within the constructor.
  Http2Connection(SocketLoop& loop, Descriptor socket, CallPeer peer, ServerCall::Shared& shared,
                  std::size_t& unsent, Events events);
  ~Http2Connection();

  // Asks the client to open its next calls elsewhere, and serves them until it has heard that; what
  // has begun is answered, then it closes.
  void GoAway();
  // From now on no call is begun, and one that waits for the client ends.
  void TakeNoCalls();
  // Once a second: closes what is silent for too long.
  void Tick(TimePoint now);
  // The client knows which of its calls was the last.
  bool has_gone_away() const { return session_.has_gone_away(); }
  bool has_finished() const { return finished_ && !is_busy_; }
  // Bytes of answers that wait for the client to read.
  std::size_t unsent_bytes() const { return session_.unsent_bytes() + bytes_->waiting(); }

 private:
  Status Received(std::string_view bytes);
  bool Fill(std::string& outbox);

  SocketLoop& loop_;
  const CallPeer peer_;
  const Events events_;
  std::shared_ptr<ByteConnection> bytes_;  // before the session, which writes to it to its end
  Http2Session session_;
  const TimePoint start_;
  TimePoint last_received_;
  TimePoint last_call_;                  // when one was open
  std::optional<TimePoint> going_away_;  // since when
  bool is_busy_ = false;                 // had calls when it was asked to go
  std::optional<TimePoint> finished_;    // since when only the client's end is waited for
  TimePoint last_taken_;                 // when the client took bytes, or none waited
  std::uint64_t taken_ = 0;              // bytes, by then
  bool has_said_all_ = false;            // what waits to be sent is the last
  bool has_pinged_ = false;              // since something was received
};

}  // namespace shoal
