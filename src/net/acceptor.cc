#include "net/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

constexpr int kPerTurn = 16;  // a flood leaves the loop its other work
constexpr std::chrono::milliseconds kPause{100};
constexpr std::string_view kOpenFiles = "open files";

Descriptor OpenReserve() { return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// Of open files. The largest number where there is none.
std::size_t DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur;
}

std::string IpText(int family, const void* bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  CHECK(inet_ntop(family, bytes, text, sizeof(text)) != nullptr, "an address fits");
  return text;
}

}  // namespace

Acceptor::Acceptor(SocketLoop& loop, Descriptor listener, AcceptorLimits limits, Events events)
    : loop_(loop),
      listener_(std::move(listener)),
      limits_(limits),
      events_(std::move(events)),
      reserve_(OpenReserve()) {
  loop_.Watch(listener_.get(), EPOLLIN, *this);
}

Acceptor::~Acceptor() {
  if (again_) loop_.CancelTimer(*again_);
  loop_.Forget(listener_.get());
}

void Acceptor::Ready(std::uint32_t) {
  Next next = Next::kAnother;
  for (int i = 0; i < kPerTurn && next == Next::kAnother; ++i) next = AcceptOne();
  if (next == Next::kTryLater) Pause();
}

Acceptor::Next Acceptor::AcceptOne() {
  sockaddr_storage from = {};
  socklen_t size = sizeof(from);
  Descriptor socket(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) return AfterFailure(errno);
  if (!HasRoom(socket.get())) return Next::kAnother;
  const int on = 1;  // not TCP: nothing
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  events_.accepted(std::move(socket), PeerOf(from));
  return Next::kAnother;
}

Acceptor::Next Acceptor::AfterFailure(int error) {
  if (error == EAGAIN) return Next::kNobodyWaits;
  if (error == EINTR || error == ECONNABORTED) return Next::kAnother;
  return error == EMFILE || error == ENFILE ? RefuseOne() : Next::kTryLater;
}

Acceptor::Next Acceptor::RefuseOne() {
  if (reserve_.get() < 0) reserve_ = OpenReserve();
  if (reserve_.get() < 0) return Next::kTryLater;
  reserve_.Close();
  Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int error = socket.get() < 0 ? errno : 0;
  socket.Close();
  reserve_ = OpenReserve();
  if (error == 0) Refused(kOpenFiles, DescriptorLimit());
  if (error == EAGAIN) return Next::kNobodyWaits;
  return error == 0 && reserve_.get() >= 0 ? Next::kAnother : Next::kTryLater;
}

bool Acceptor::HasRoom(int socket) {
  // The kernel gives the lowest free number: a high one means that few are left.
  const std::size_t files = DescriptorLimit();
  if (static_cast<std::size_t>(socket) + limits_.spare_descriptors >= files) {
    Refused(kOpenFiles, files);
    return false;
  }
  if (events_.open() < limits_.max_connections) return true;
  Refused(limits_.name, limits_.max_connections);
  return false;
}

void Acceptor::Refused(std::string_view limit, std::size_t value) {
  ++refused_;
  if (events_.refused) events_.refused({.limit = limit, .value = value, .total = refused_});
}

// Watched, the listener would report itself again at once.
void Acceptor::Pause() {
  loop_.Change(listener_.get(), 0);
  again_ = loop_.SetTimer(loop_.Now() + kPause, [this] {
    again_.reset();
    loop_.Change(listener_.get(), EPOLLIN);
  });
}

std::string PeerOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) return "unix:";
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    return "ipv4:" + IpText(AF_INET, &ipv4.sin_addr) + ":" + std::to_string(ntohs(ipv4.sin_port));
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
  const std::string port = std::to_string(ntohs(ipv6.sin6_port));
  if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
    return "ipv4:" + IpText(AF_INET, &ipv6.sin6_addr.s6_addr[12]) + ":" + port;
  }
  const std::string zone =
      ipv6.sin6_scope_id == 0 ? "" : "%25" + std::to_string(ipv6.sin6_scope_id);
  return "ipv6:%5B" + IpText(AF_INET6, &ipv6.sin6_addr) + zone + "%5D:" + port;
}

}  // namespace shoal
