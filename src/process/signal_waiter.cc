#include "process/signal_waiter.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace shoal {

Result<std::unique_ptr<DescriptorWatch>> WaitForSignals(SignalCallbacks callbacks) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) return ErrnoError("pthread_sigmask", error);
  Descriptor fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd.get() < 0) return ErrnoError("signalfd", errno);
  return DescriptorWatch::Start(
      std::move(fd), [callbacks = std::move(callbacks), draining = false](int ready) mutable {
        signalfd_siginfo info;
        if (::read(ready, &info, sizeof(info)) != sizeof(info)) return true;
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
