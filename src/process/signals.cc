#include "process/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace shoal {
namespace {

// The next signal that counts, 0 when none is waiting. `heard`: one came before.
int Read(int fd, bool& heard) {
  signalfd_siginfo info;
  while (::read(fd, &info, sizeof(info)) == sizeof(info)) {
    if (std::exchange(heard, true) && info.ssi_signo == SIGHUP) continue;
    return static_cast<int>(info.ssi_signo);
  }
  return 0;
}

}  // namespace

bool IsIgnored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

Result<SignalWaiter> SignalWaiter::Create() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // A signalfd also tells of signals that are ignored.
  if (!IsIgnored(SIGHUP)) sigaddset(&signals, SIGHUP);
  const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) return ErrnoError("pthread_sigmask", error);
  Descriptor fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd.get() < 0) return ErrnoError("signalfd", errno);
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return ErrnoError("eventfd", errno);
  return SignalWaiter(std::move(fd), std::move(wake));
}

void SignalWaiter::Wake() const {
  const std::uint64_t one = 1;
  CHECK(::write(wake_.get(), &one, sizeof(one)) == sizeof(one) || errno == EAGAIN,
        "an eventfd takes a one, or is full of them");
}

int SignalWaiter::Wait(const Clock& clock, std::chrono::steady_clock::time_point until) {
  while (true) {
    if (const int signal = Read(fd_.get(), heard_); signal != 0) return signal;
    const int timeout = PollTimeout(clock.Now(), until);
    if (timeout == 0) return 0;
    pollfd watched[] = {{fd_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    CHECK(::poll(watched, 2, timeout) >= 0 || errno == EINTR, "the descriptors are ours and open");
    std::uint64_t wakes = 0;
    if (::read(wake_.get(), &wakes, sizeof(wakes)) == sizeof(wakes)) {
      return Read(fd_.get(), heard_);
    }
  }
}

Result<std::unique_ptr<DescriptorWatch>> SignalWaiter::Watch(SignalCallbacks callbacks) && {
  return DescriptorWatch::Start(std::move(fd_),
                                [callbacks = std::move(callbacks), heard = heard_](int fd) mutable {
                                  const bool draining = heard;
                                  if (Read(fd, heard) == 0) return true;
                                  if (draining) {
                                    callbacks.quit();
                                  } else {
                                    callbacks.drain();
                                  }
                                  return true;
                                });
}

}  // namespace shoal
