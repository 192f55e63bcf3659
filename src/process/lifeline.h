// A child that ends when its parent does, however the parent ends. The parent holds the write end
// of a pipe and never writes; the child holds the read end and sees its end when the last writer is
// gone, which the kernel arranges also for a parent killed by SIGKILL. (PR_SET_PDEATHSIG would
// watch the thread that forked, not the process.)
#pragma once

#include <functional>
#include <memory>

#include "base/descriptor.h"
#include "process/descriptor_watch.h"

namespace shoal {

// The parent's side. Both ends close on exec; ChildProcess passes `child_end` on.
struct LifelinePipe {
  static Result<LifelinePipe> Open();

  Descriptor parent_end;  // as long as it is open, the child lives
  Descriptor child_end;   // may be closed once the child was spawned
};

// Names the number of the inherited read end in a child's environment.
inline constexpr char kLifelineVariable[] = "SHOAL_LIFELINE_FD";

// The child's side: calls `parent_gone` once, on a thread of its own.
Result<std::unique_ptr<DescriptorWatch>> WatchLifeline(Descriptor child_end,
                                                       std::function<void()> parent_gone);

// What a child without unfinished business does when its parent is gone: ends at once, with code 1.
[[noreturn]] void ExitAtOnce();

// WatchLifeline for the descriptor named by kLifelineVariable, which from then on closes on exec.
// null when the variable is not set: nobody supervises this process. INVALID_ARGUMENT when it names
// no open descriptor.
Result<std::unique_ptr<DescriptorWatch>> WatchInheritedLifeline(
    std::function<void()> parent_gone = ExitAtOnce);

}  // namespace shoal
