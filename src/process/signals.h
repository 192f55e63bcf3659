// SIGTERM, SIGINT and SIGHUP as values and calls on ordinary threads, where everything is allowed:
// the first asks to drain, every further one to quit. They are blocked and read from a signalfd, so
// no handler interrupts anything.
//
// SIGHUP comes when a terminal goes away, often more than once (from the shell and from the
// kernel), or right after a SIGTERM (systemd's SendSIGHUP): it counts only as the first. Where it
// is ignored already (nohup) it stays so.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/descriptor.h"
#include "process/descriptor_watch.h"

namespace shoal {

// As nohup leaves SIGHUP to the process that it starts.
bool IsIgnored(int signal);

struct SignalCallbacks {
  std::function<void()> drain;  // the first signal; returns soon, or the second is not heard
  std::function<void()> quit;   // each signal after it
};

// Not thread-safe but for Wake.
class SignalWaiter {
 public:
  // Blocks the signals in the calling thread and in the threads it starts from then on: call it in
  // main before any thread is started. They stay blocked for good.
  static Result<SignalWaiter> Create();

  // The next signal that counts, or 0 when `until` came first (time_point::max(): never) or
  // somebody called Wake since the last Wait.
  int Wait(const Clock& clock, std::chrono::steady_clock::time_point until);

  // From any thread; never blocks.
  void Wake() const;

  // Hands the signals from now on to callbacks on a thread of their own, until the watch is gone.
  Result<std::unique_ptr<DescriptorWatch>> Watch(SignalCallbacks callbacks) &&;

 private:
  SignalWaiter(Descriptor fd, Descriptor wake) : fd_(std::move(fd)), wake_(std::move(wake)) {}

  Descriptor fd_;
  bool heard_ = false;  // a signal
  Descriptor wake_;     // an eventfd
};

}  // namespace shoal
