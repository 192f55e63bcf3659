#include "net/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace shoal {
namespace {

constexpr std::chrono::seconds kHolds{2};

Resolver::Answer LookUp(const Address& address, int flags) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICSERV | flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return UnavailableError("look up " + address.host + ": " + gai_strerror(error));
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& next = addresses.emplace_back();
    std::memcpy(&next.storage, each->ai_addr, each->ai_addrlen);
    next.size = each->ai_addrlen;
  }
  freeaddrinfo(found);
  return addresses;
}

std::vector<SocketAddress> OfPath(const std::string& path) {
  SocketAddress address;
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  std::memcpy(&address.storage, &name, sizeof(name));
  address.size = sizeof(name);
  return {address};
}

}  // namespace

Resolver::Resolver(const Clock& clock) : clock_(clock), thread_([this] { Run(); }) {}

Resolver::~Resolver() {
  ending_ = true;
  jobs_.Close();
  thread_.join();
}

void Resolver::Forget(const Address& address) {
  MutexLock lock(mutex_);
  known_.erase(ToString(address));
}

void Resolver::Resolve(const Address& address, const Done& done) {
  if (ParseIp(address.host)) return done(LookUp(address, AI_NUMERICHOST));
  std::optional<std::vector<SocketAddress>> known;
  {
    MutexLock lock(mutex_);
    const auto found = known_.find(ToString(address));
    if (found != known_.end() && clock_.Now() - found->second.since < kHolds) {
      known = found->second.addresses;
    }
  }
  if (known) return done(*std::move(known));
  if (!jobs_.TryPush({.address = address, .done = done})) {
    done(UnavailableError("look up " + address.host + ": too many lookups wait"));
  }
}

void Resolver::Run() {
  std::vector<Job> jobs;
  while (jobs_.TakeAll(jobs, std::chrono::steady_clock::time_point::max())) {
    for (const Job& job : jobs) {
      if (ending_) return;
      Answer answer = LookUp(job.address, 0);
      if (answer.ok()) {
        MutexLock lock(mutex_);
        known_[ToString(job.address)] = {.since = clock_.Now(), .addresses = *answer};
      }
      job.done(std::move(answer));
    }
  }
}

std::shared_ptr<Dial> Dial::Start(SocketLoop& loop, Resolver& resolver, const Endpoint& endpoint,
                                  std::chrono::milliseconds timeout, Done done) {
  std::shared_ptr<Dial> dial(new Dial(loop, resolver, endpoint, timeout, std::move(done)));
  const auto answered = [&loop, weak = std::weak_ptr<Dial>(dial)](Resolver::Answer answer) {
    loop.Post([weak, shared = std::make_shared<Resolver::Answer>(std::move(answer))] {
      if (const auto self = weak.lock()) self->Try(std::move(*shared));
    });
  };
  if (endpoint.is_unix()) {
    answered(OfPath(endpoint.path));
  } else {
    resolver.Resolve(endpoint.address, answered);
  }
  return dial;
}

Dial::Dial(SocketLoop& loop, Resolver& resolver, Endpoint endpoint,
           std::chrono::milliseconds timeout, Done done)
    : loop_(loop),
      resolver_(resolver),
      endpoint_(std::move(endpoint)),
      timeout_(timeout),
      done_(std::move(done)) {}

Dial::~Dial() { Release(); }

void Dial::Cut() {
  done_ = nullptr;
  Release();
}

void Dial::Try(Resolver::Answer addresses) {
  if (!done_) return;
  if (!addresses.ok()) return Finish(addresses.status());
  addresses_ = *std::move(addresses);
  TryNext();
}

void Dial::TryNext() {
  if (next_ == addresses_.size()) {
    if (!endpoint_.is_unix()) resolver_.Forget(endpoint_.address);
    return Finish(why_);
  }
  const SocketAddress& address = addresses_[next_++];
  socket_ =
      Descriptor(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket_.get() < 0) return Failed(errno);
  const int on = 1;
  if (!endpoint_.is_unix()) setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) ==
      0) {
    return Finish(std::move(socket_));
  }
  if (errno != EINPROGRESS) return Failed(errno);
  loop_.Watch(socket_.get(), EPOLLOUT, *this);
  timer_ = loop_.SetTimer(loop_.Now() + timeout_, [this] { Failed(ETIMEDOUT); });
}

void Dial::Ready(std::uint32_t) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return Failed(error);
  loop_.Forget(socket_.get());
  loop_.CancelTimer(*std::exchange(timer_, std::nullopt));
  Finish(std::move(socket_));
}

void Dial::Failed(int error_number) {
  const auto keep = shared_from_this();
  why_ = UnavailableError(ErrnoError("connect to " + ToString(endpoint_), error_number).message());
  Release();
  TryNext();
}

void Dial::Release() {
  if (!timer_) return socket_.Close();
  loop_.CancelTimer(*std::exchange(timer_, std::nullopt));
  loop_.Forget(socket_.get());
  socket_.Close();
}

void Dial::Finish(Result<Descriptor> socket) {
  const Done done = std::exchange(done_, nullptr);
  if (done) done(std::move(socket));
}

}  // namespace shoal
