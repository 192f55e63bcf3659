// SIGTERM and SIGINT as calls on an ordinary thread, where everything is allowed: the first asks to
// drain, every further one to quit.
#pragma once

#include <functional>
#include <memory>

#include "process/descriptor.h"

namespace shoal {

struct SignalCallbacks {
  std::function<void()> drain;  // the first signal
  std::function<void()> quit;   // each signal after it
};

// Blocks both signals in the calling thread and in the threads it starts from then on: call it in
// main before any thread is started. They stay blocked when the watch is gone.
Result<std::unique_ptr<DescriptorWatch>> WaitForSignals(SignalCallbacks callbacks);

}  // namespace shoal
