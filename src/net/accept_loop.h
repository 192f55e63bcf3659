// Accepts connections for a gRPC server. Why not leave it to gRPC? When its listener once meets
// "too many open files" it never accepts again, even when all of them are free.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/address.h"
#include "base/descriptor.h"
#include "base/status.h"
#include "net/acceptor.h"
#include "net/listener.h"

namespace shoal {

// One thread. Connections beyond `max_connections`, or beyond what the limit of open files leaves,
// are closed at once; when others have ended, new ones are served again.
class AcceptLoop {
 public:
  // Given each accepted non-blocking socket (and the listener's), which it owns from then on. On
  // the loop's thread.
  using TakeConnection = std::function<void(int listener, int socket)>;
  // Told of each connection that was closed instead; on the loop's thread. May be empty.
  using RefusedCallback = std::function<void(const RefusedConnection&)>;

  // Listens (net/listener.h). UNAVAILABLE: the address cannot be had.
  static Result<std::unique_ptr<AcceptLoop>> Bind(const Address& listen,
                                                  std::size_t max_connections);
  ~AcceptLoop();

  const std::string& address() const { return address_; }  // HOST:PORT with the port that was taken

  void Run(TakeConnection take, RefusedCallback refused = {});  // starts the thread; once
  void Stop();  // ends it and closes the listener; more calls do nothing

  std::uint64_t refused() const { return refused_; }  // connections, so far; from any thread

 private:
  struct Connection {
    int socket;
    unsigned long inode;  // another one: its owner closed the socket and its number was used again
  };

  AcceptLoop(Listener listener, std::size_t max_connections);
  void Loop();
  bool AcceptOne();
  void RefuseOne();
  bool HasRoom(int socket);
  void Refused(std::string_view limit, std::size_t value);

  Descriptor listener_;
  const std::string address_;
  const std::size_t max_connections_;
  const Descriptor wake_;  // an eventfd: the thread shall end
  Descriptor reserve_;     // given up for a moment to accept and close when no descriptor is left
  std::vector<Connection> connections_;  // some of them have ended
  std::atomic<std::uint64_t> refused_ = 0;
  TakeConnection take_;
  RefusedCallback refused_callback_;
  std::thread thread_;
};

}  // namespace shoal
