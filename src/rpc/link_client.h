// The worker's end of the worker link: dials a coordinator.
#pragma once

#include <memory>
#include <string>

#include "api/worker_link.h"
#include "base/status.h"

namespace shoal {

struct WorkerLinkTarget {
  std::string address;     // HOST:PORT
  std::string join_token;  // shown to the coordinator; empty: none
};

// One attempt at an attachment. Returns at once; whether it worked is heard through `events`,
// called on transport threads, one at a time: `message` in the order of the wire, then `closed`
// exactly once, with the code and words of the reason. What is sent before the connection stands is
// sent after it.
//
// Close ends the worker's side after what was sent before; messages arrive until the coordinator
// ends its own. Destroying the link cuts it and blocks until `closed` has returned: not from within
// an event. While the address is not reachable an attempt fails at once: pace them. Each attempt
// connects anew.
//
// INVALID_ARGUMENT: the address is not HOST:PORT.
Result<std::unique_ptr<WorkerLink>> DialWorkerLink(const WorkerLinkTarget& target,
                                                   WorkerLinkEvents events);

}  // namespace shoal
