#include "process/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace shoal {
namespace {

// The next signal, 0 when none is waiting.
int Read(int fd) {
  signalfd_siginfo info;
  if (::read(fd, &info, sizeof(info)) != sizeof(info)) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace

Result<SignalWaiter> SignalWaiter::Create() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) return ErrnoError("pthread_sigmask", error);
  Descriptor fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd.get() < 0) return ErrnoError("signalfd", errno);
  return SignalWaiter(std::move(fd));
}

int SignalWaiter::Wait(const Clock& clock, std::chrono::steady_clock::time_point until) {
  while (true) {
    if (const int signal = Read(fd_.get()); signal != 0) return signal;
    const int timeout = PollTimeout(clock.Now(), until);
    if (timeout == 0) return 0;
    pollfd watched = {fd_.get(), POLLIN, 0};
    CHECK(::poll(&watched, 1, timeout) >= 0 || errno == EINTR, "the descriptor is ours and open");
  }
}

Result<std::unique_ptr<DescriptorWatch>> SignalWaiter::Watch(SignalCallbacks callbacks) && {
  return DescriptorWatch::Start(
      std::move(fd_), [callbacks = std::move(callbacks), draining = false](int fd) mutable {
        if (Read(fd) == 0) return true;
        if (draining) {
          callbacks.quit();
        } else {
          draining = true;
          callbacks.drain();
        }
        return true;
      });
}

}  // namespace shoal
