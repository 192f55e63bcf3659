// The worker's end of the worker link: dials a coordinator.
#pragma once

#include <memory>
#include <string>

#include "api/worker_link.h"
#include "base/status.h"
#include "net/dial.h"
#include "net/socket_loop.h"

namespace shoal {

struct WorkerLinkTarget {
  std::string address;     // HOST:PORT or unix:PATH
  std::string join_token;  // shown to the coordinator; empty: none
};

// One attempt at an attachment, on the loop's thread. Returns at once; whether it worked is heard
// through `events`. While the address is not reachable an attempt fails at once: pace them. Each
// attempt connects anew, and gives each address of a name two seconds.
//
// INVALID_ARGUMENT: the address is neither HOST:PORT nor unix:PATH.
Result<std::unique_ptr<WorkerLink>> DialWorkerLink(const WorkerLinkTarget& target, SocketLoop& loop,
                                                   Resolver& resolver, WorkerLinkEvents events);

}  // namespace shoal
