// Accepts connections on the loop. Who is one too many is closed at once: a caller hears of it, and
// the listener goes on, also where no descriptor is left.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "net/socket_loop.h"

namespace shoal {

// A connection that was closed at once.
struct RefusedConnection {
  std::string_view limit;   // which one was reached: the acceptor's own, or "open files"
  std::size_t value = 0;    // of that limit
  std::uint64_t total = 0;  // refused so far, this one included
};

struct AcceptorLimits {
  std::size_t max_connections = 0;
  std::string_view name = "max-connections";  // of that limit; outlives the acceptor
  // Descriptors below the limit of open files that are left to the rest of the process.
  std::size_t spare_descriptors = 16;
};

// On the loop's thread only, from construction to the end, but not ended from within its events.
class Acceptor final : private SocketLoop::Watcher {
 public:
  struct Events {
    // A connection, non-blocking, close-on-exec and without Nagle's delay; and who called (PeerOf).
    std::function<void(Descriptor socket, std::string peer)> accepted;
    // How many are open, of all that count towards max_connections.
    std::function<std::size_t()> open;
    std::function<void(const RefusedConnection&)> refused;  // may be empty
  };

  // Takes a non-blocking socket that listens (net/listener.h), and closes it at the end.
  Acceptor(SocketLoop& loop, Descriptor listener, AcceptorLimits limits, Events events);
  ~Acceptor();

  std::uint64_t refused() const { return refused_; }  // connections, so far

 private:
  enum class Next { kAnother, kNobodyWaits, kTryLater };

  void Ready(std::uint32_t events) override;
  Next AcceptOne();
  Next AfterFailure(int error);
  Next RefuseOne();
  bool HasRoom(int socket);
  void Refused(std::string_view limit, std::size_t value);
  void Pause();

  SocketLoop& loop_;
  const Descriptor listener_;
  const AcceptorLimits limits_;
  const Events events_;
  Descriptor reserve_;  // given up for a moment to accept and close when no descriptor is left
  std::optional<SocketLoop::TimerId> again_;  // paused until then
  std::uint64_t refused_ = 0;
};

// Written as gRPC does, which edge/client_key.h reads: "ipv4:127.0.0.1:4711",
// "ipv6:%5B::1%5D:4711", "unix:". An IPv4 address in the form of IPv6 is written as IPv4.
std::string PeerOf(const sockaddr_storage& address);

}  // namespace shoal
