// A client of shoal.Operator (proto/shoal/operator.proto), for our own commands.
#pragma once

#include <chrono>
#include <string>

#include "base/status.h"

namespace shoal {

// Blocks until the coordinator at HOST:PORT has drained the worker, or resumed it. `token`: the
// operator's; empty: none. An error has the server's code and words.
Status SetWorkerDrained(const std::string& address, const std::string& worker_id, bool drained,
                        const std::string& token, std::chrono::milliseconds timeout);

}  // namespace shoal
