// Private to http. A client's connection: an HttpSession over its socket, and how long it may be
// silent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "http/http_session.h"
#include "net/byte_connection.h"
#include "net/socket_loop.h"

namespace shoal {

// On the loop's thread.
class HttpConnection {
 public:
  using TimePoint = SocketLoop::TimePoint;

  struct Events {
    std::function<void()> over;    // all is said; the client's end is waited for
    std::function<void()> closed;  // last; not where the connection is destroyed
  };

  // `loop`, `options` and `unread` (as HttpSession counts it) outlive it. Both events come once, or
  // `closed` alone, and none from within the constructor.
  HttpConnection(SocketLoop& loop, Descriptor socket, std::string peer,
                 const HttpSession::Options& options, std::size_t& unread, Events events);
  ~HttpConnection();

  // Answers the request that has begun, if any, and then closes.
  void Drain() { session_.Drain(); }
  // Once a second: ends what is silent for too long.
  void Tick(TimePoint now);
  bool is_over() const { return over_.has_value(); }
  // Bytes of answers that wait for the client to read, or are kept until it has.
  std::size_t unread_bytes() const { return session_.unread_bytes() + bytes_->waiting(); }

 private:
  Status Received(std::string_view bytes);
  std::optional<Status> PeerEnded();
  bool Fill(std::string& outbox);
  void Look();
  bool IsLate(TimePoint now) const;
  bool IsStuck(TimePoint now);

  SocketLoop& loop_;
  const Events events_;
  std::shared_ptr<ByteConnection> bytes_;  // before the session, which writes to it to its end
  HttpSession session_;
  HttpSession::Phase phase_ = HttpSession::Phase::kIdle;  // when it was last looked at
  TimePoint phase_since_;
  TimePoint last_received_;
  std::uint64_t sent_ = 0;  // when it was last looked at
  TimePoint sent_since_;    // it has not changed, or nothing was there to be sent
  std::optional<TimePoint> over_;
  bool peer_has_ended_ = false;
};

}  // namespace shoal
