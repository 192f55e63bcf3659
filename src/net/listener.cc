#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
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

}  // namespace

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
