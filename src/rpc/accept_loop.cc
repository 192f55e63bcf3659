#include "rpc/accept_loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

// Descriptors left to the rest of the process.
constexpr int kSpareDescriptors = 16;
constexpr int kBacklog = 512;
constexpr int kRetryMs = 100;  // after a failure of accept that waiting may mend

int OpenReserve() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

unsigned long InodeOf(int socket) {
  struct stat status = {};
  return fstat(socket, &status) == 0 ? status.st_ino : 0;
}

void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<int> Listen(const addrinfo& address, const std::string& name) {
  const int listener =
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (listener < 0) return ErrnoError("socket", errno);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener, address.ai_addr, address.ai_addrlen) != 0 || listen(listener, kBacklog) != 0) {
    const Status error = UnavailableError(ErrnoError("listen on " + name, errno).message());
    close(listener);
    return error;
  }
  return listener;
}

int PortOf(int listener) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0,
        "a bound socket has a name");
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Result<std::unique_ptr<AcceptLoop>> AcceptLoop::Bind(const std::string& listen,
                                                     std::size_t max_connections) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return InvalidArgumentError("\"" + listen + "\" is not HOST:PORT");
  }
  std::string host = listen.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), listen.c_str() + colon + 1, &hints, &found);
      error != 0) {
    return UnavailableError("listen on " + listen + ": " + gai_strerror(error));
  }
  Result<int> listener = Listen(*found, listen);
  freeaddrinfo(found);
  if (!listener.ok()) return listener.status();
  RaiseDescriptorLimit();
  const std::string address = listen.substr(0, colon + 1) + std::to_string(PortOf(*listener));
  return std::unique_ptr<AcceptLoop>(new AcceptLoop(*listener, address, max_connections));
}

AcceptLoop::AcceptLoop(int listener, std::string address, std::size_t max_connections)
    : listener_(listener), address_(std::move(address)), max_connections_(max_connections) {
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  CHECK(wake_ >= 0, "an eventfd at the start");
  reserve_ = OpenReserve();
}

AcceptLoop::~AcceptLoop() {
  Stop();
  close(wake_);
  if (reserve_ >= 0) close(reserve_);
  if (!take_) close(listener_);  // never ran
}

void AcceptLoop::Run(TakeConnection take) {
  CHECK(!take_, "an accept loop runs once");
  take_ = std::move(take);
  thread_ = std::thread([this] { Loop(); });
}

void AcceptLoop::Stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  CHECK(write(wake_, &one, sizeof(one)) == sizeof(one), "an eventfd takes a one");
  thread_.join();
  close(listener_);
}

void AcceptLoop::Loop() {
  bool wait_a_little = false;
  while (true) {
    std::array<pollfd, 2> watched = {
        {{.fd = wake_, .events = POLLIN}, {.fd = listener_, .events = POLLIN}}};
    // After a failure the listener would report itself at once: only the wake-up is waited for.
    poll(watched.data(), wait_a_little ? 1 : 2, wait_a_little ? kRetryMs : -1);
    if (watched[0].revents != 0) return;
    wait_a_little = !AcceptOne();
  }
}

// False: nothing could be done, and trying again at once would not help.
bool AcceptLoop::AcceptOne() {
  const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return true;
    if (errno != EMFILE && errno != ENFILE) return false;
    if (reserve_ < 0) reserve_ = OpenReserve();
    if (reserve_ < 0) return false;
    RefuseOne();
    return reserve_ >= 0;
  }
  if (!HasRoom(socket)) {
    close(socket);
    return true;
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connections_.push_back({.socket = socket, .inode = InodeOf(socket)});
  take_(listener_, socket);
  return true;
}

void AcceptLoop::RefuseOne() {
  close(reserve_);
  const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket >= 0) close(socket);
  reserve_ = OpenReserve();
}

bool AcceptLoop::HasRoom(int socket) {
  rlimit limit = {};
  // The kernel gives the lowest free number: a high one means that few are left.
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      static_cast<rlim_t>(socket) + kSpareDescriptors >= limit.rlim_cur) {
    return false;
  }
  if (connections_.size() >= max_connections_) {
    std::erase_if(connections_,
                  [](const Connection& known) { return InodeOf(known.socket) != known.inode; });
  }
  return connections_.size() < max_connections_;
}

}  // namespace shoal
