#include "net/accept_loop.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

// Descriptors left to the rest of the process.
constexpr std::size_t kSpareDescriptors = 16;
constexpr std::string_view kOpenFiles = "open files";
constexpr int kRetryMs = 100;  // after a failure of accept that waiting may mend

Descriptor OpenReserve() { return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

unsigned long InodeOf(int socket) {
  struct stat status = {};
  return fstat(socket, &status) == 0 ? status.st_ino : 0;
}

// Of open files. The largest number where there is none.
std::size_t DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur;
}

}  // namespace

Result<std::unique_ptr<AcceptLoop>> AcceptLoop::Bind(const Address& listen,
                                                     std::size_t max_connections) {
  ASSIGN_OR_RETURN(Listener listener, ListenOn(listen));
  return std::unique_ptr<AcceptLoop>(new AcceptLoop(std::move(listener), max_connections));
}

AcceptLoop::AcceptLoop(Listener listener, std::size_t max_connections)
    : listener_(std::move(listener.socket)),
      address_(ToString(listener.address)),
      max_connections_(max_connections),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      reserve_(OpenReserve()) {
  CHECK(wake_.get() >= 0, "an eventfd at the start");
}

AcceptLoop::~AcceptLoop() { Stop(); }

void AcceptLoop::Run(TakeConnection take, RefusedCallback refused) {
  CHECK(!take_, "an accept loop runs once");
  take_ = std::move(take);
  refused_callback_ = std::move(refused);
  thread_ = std::thread([this] { Loop(); });
}

void AcceptLoop::Stop() {
  if (!thread_.joinable()) return;
  CHECK(eventfd_write(wake_.get(), 1) == 0, "an eventfd of our own takes one write");
  thread_.join();
  listener_.Close();
}

void AcceptLoop::Loop() {
  bool wait_a_little = false;
  while (true) {
    std::array<pollfd, 2> watched = {
        {{.fd = wake_.get(), .events = POLLIN}, {.fd = listener_.get(), .events = POLLIN}}};
    // After a failure the listener would report itself at once: only the wake-up is waited for.
    poll(watched.data(), wait_a_little ? 1 : 2, wait_a_little ? kRetryMs : -1);
    if (watched[0].revents != 0) return;
    wait_a_little = !AcceptOne();
  }
}

// False: nothing could be done, and trying again at once would not help.
bool AcceptLoop::AcceptOne() {
  Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return true;
    if (errno != EMFILE && errno != ENFILE) return false;
    if (reserve_.get() < 0) reserve_ = OpenReserve();
    if (reserve_.get() < 0) return false;
    RefuseOne();
    return reserve_.get() >= 0;
  }
  if (!HasRoom(socket.get())) return true;
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connections_.push_back({.socket = socket.get(), .inode = InodeOf(socket.get())});
  take_(listener_.get(), socket.Release());
  return true;
}

void AcceptLoop::RefuseOne() {
  reserve_.Close();
  Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const bool refused = socket.get() >= 0;
  socket.Close();
  reserve_ = OpenReserve();
  if (refused) Refused(kOpenFiles, DescriptorLimit());
}

void AcceptLoop::Refused(std::string_view limit, std::size_t value) {
  const std::uint64_t total = ++refused_;
  if (refused_callback_) refused_callback_({.limit = limit, .value = value, .total = total});
}

bool AcceptLoop::HasRoom(int socket) {
  // The kernel gives the lowest free number: a high one means that few are left.
  const std::size_t files = DescriptorLimit();
  if (static_cast<std::size_t>(socket) + kSpareDescriptors >= files) {
    Refused(kOpenFiles, files);
    return false;
  }
  if (connections_.size() >= max_connections_) {
    std::erase_if(connections_,
                  [](const Connection& known) { return InodeOf(known.socket) != known.inode; });
  }
  if (connections_.size() < max_connections_) return true;
  Refused("max-connections", max_connections_);
  return false;
}

}  // namespace shoal
