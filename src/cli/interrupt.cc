#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "process/signals.h"

namespace shoal {
namespace {

std::atomic<int> interrupt_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch it");

void OnSignal(int signal_number) {
  int none = 0;
  const bool first = interrupt_signal.compare_exchange_strong(none, signal_number);
  if (!first && signal_number != SIGHUP) _exit(128 + signal_number);
}

}  // namespace

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (!IsIgnored(SIGHUP)) sigaction(SIGHUP, &action, nullptr);
}

int InterruptSignal() { return interrupt_signal.load(); }

ExitCode InterruptExitCode() {
  switch (InterruptSignal()) {
    case SIGHUP:
      return kExitHungUp;
    case SIGTERM:
      return kExitTerminated;
    default:
      return kExitInterrupted;
  }
}

}  // namespace shoal
