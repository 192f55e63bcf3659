// A connection that is being made, without blocking the loop: names are looked up on a thread of
// their own, and the addresses of a name are tried in turn.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/endpoint.h"
#include "base/mutex.h"
#include "base/status.h"
#include "net/socket_loop.h"

namespace shoal {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// Looks names up, one after the other on a thread of its own; an answer holds for two seconds.
// Thread-safe. The destructor waits for a lookup under way; what waits behind it is dropped.
class Resolver {
 public:
  using Answer = Result<std::vector<SocketAddress>>;
  // Called on the resolver's thread, or from within Resolve where nothing has to be asked.
  using Done = std::function<void(Answer answer)>;

  explicit Resolver(const Clock& clock);
  ~Resolver();

  void Resolve(const Address& address, const Done& done);
  // The next lookup asks again.
  void Forget(const Address& address);

 private:
  struct Job {
    Address address;
    Done done;
  };
  struct Known {
    std::chrono::steady_clock::time_point since;
    std::vector<SocketAddress> addresses;
  };
  void Run();

  const Clock& clock_;
  BoundedQueue<Job> jobs_{1024};
  Mutex mutex_;
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// On the loop's thread only.
class Dial final : public std::enable_shared_from_this<Dial>, private SocketLoop::Watcher {
 public:
  using Done = std::function<void(Result<Descriptor> socket)>;

  // Tries each address of `endpoint` for at most `timeout`. Calls `done` once, on the loop's
  // thread, never from within Start, with a connected non-blocking socket or UNAVAILABLE and the
  // last reason. `resolver` outlives the dial.
  static std::shared_ptr<Dial> Start(SocketLoop& loop, Resolver& resolver, const Endpoint& endpoint,
                                     std::chrono::milliseconds timeout, Done done);
  ~Dial();  // after Cut, or after `done`

  // `done` is not called any more.
  void Cut();

 private:
  Dial(SocketLoop& loop, Resolver& resolver, Endpoint endpoint, std::chrono::milliseconds timeout,
       Done done);
  void Try(Resolver::Answer addresses);
  void TryNext();
  void Ready(std::uint32_t events) override;
  void Failed(int error_number);
  void Release();
  void Finish(Result<Descriptor> socket);

  SocketLoop& loop_;
  Resolver& resolver_;
  const Endpoint endpoint_;
  const std::chrono::milliseconds timeout_;
  Done done_;  // empty: done, or cut
  std::vector<SocketAddress> addresses_;
  std::size_t next_ = 0;
  Descriptor socket_;  // of the attempt under way
  std::optional<SocketLoop::TimerId> timer_;
  Status why_;
};

}  // namespace shoal
