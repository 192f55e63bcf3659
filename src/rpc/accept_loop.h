// Private to rpc. Accepts connections for a gRPC server. Why not leave it to gRPC? When its
// listener once meets "too many open files" it never accepts again, even when all of them are free.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"

namespace shoal {

// One thread. Connections beyond `max_connections`, or beyond what the limit of open files leaves,
// are closed at once; when others have ended, new ones are served again.
class AcceptLoop {
 public:
  // Given each accepted non-blocking socket (and the listener's), which it owns from then on. On
  // the loop's thread.
  using TakeConnection = std::function<void(int listener, int socket)>;

  // Binds `listen` ("HOST:PORT", "[::1]:PORT"; port 0 takes a free one). UNAVAILABLE: it cannot be
  // had.
  static Result<std::unique_ptr<AcceptLoop>> Bind(const std::string& listen,
                                                  std::size_t max_connections);
  ~AcceptLoop();

  const std::string& address() const { return address_; }  // HOST:PORT with the port that was taken

  void Run(TakeConnection take);  // starts the thread; once
  void Stop();                    // ends it and closes the listener; more calls do nothing

 private:
  struct Connection {
    int socket;
    unsigned long inode;  // another one: gRPC closed the socket and its number was used again
  };

  AcceptLoop(int listener, std::string address, std::size_t max_connections);
  void Loop();
  bool AcceptOne();
  void RefuseOne();
  bool HasRoom(int socket);

  const int listener_;
  const std::string address_;
  const std::size_t max_connections_;
  int wake_ = -1;
  int reserve_ = -1;  // given up for a moment to accept and close when no descriptor is left
  std::vector<Connection> connections_;  // some of them have ended
  TakeConnection take_;
  std::thread thread_;
};

}  // namespace shoal
