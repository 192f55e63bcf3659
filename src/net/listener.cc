#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace shoal {
namespace {

constexpr int kBacklog = 512;

Result<Descriptor> Bind(const addrinfo& address, const std::string& name) {
  Descriptor listener(
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (listener.get() < 0) return ErrnoError("socket", errno);
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(listener.get(), kBacklog) != 0) {
    return UnavailableError(ErrnoError("listen on " + name, errno).message());
  }
  return listener;
}

// A name such as localhost may stand for both, in any order: who looks for a server on 127.0.0.1
// finds it.
const addrinfo* PreferIpv4(const addrinfo* found) {
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) return each;
  }
  return found;
}

std::uint16_t PortOf(int listener) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0,
        "a bound socket has a name");
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// Somebody who listens is connected to, or busy; a socket file that its process left refuses.
bool IsStale(const sockaddr_un& name) {
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  struct stat info {};
  return stat(name.sun_path, &info) == 0 && S_ISSOCK(info.st_mode) &&
         connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

Result<Descriptor> ListenOnPath(const std::string& path) {
  const auto error = [&path](int number) {
    return UnavailableError(ErrnoError("listen on unix:" + path, number).message());
  };
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return error(ENAMETOOLONG);
  std::memcpy(name.sun_path, path.c_str(), path.size());
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (listener.get() < 0) return error(errno);
  const auto bound = [&] {
    return bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0;
  };
  bool done = bound();
  if (!done && errno == EADDRINUSE) {
    if (!IsStale(name)) return error(EADDRINUSE);
    done = unlink(path.c_str()) == 0 && bound();
  }
  if (!done) return error(errno);
  // Nobody can connect before it listens.
  if (chmod(path.c_str(), 0600) != 0 || listen(listener.get(), kBacklog) != 0) return error(errno);
  return listener;
}

Result<Listener> ListenOn(const Address& address) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error =
          getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
      error != 0) {
    return UnavailableError("listen on " + ToString(address) + ": " + gai_strerror(error));
  }
  const addrinfo& chosen = *PreferIpv4(found);
  const int family = chosen.ai_family;
  Result<Descriptor> socket = Bind(chosen, ToString(address));
  freeaddrinfo(found);
  if (!socket.ok()) return socket.status();
  const std::uint16_t port = PortOf(socket->get());
  return Listener{.socket = *std::move(socket),
                  .family = family,
                  .address = {.host = address.host, .port = port}};
}

}  // namespace shoal
