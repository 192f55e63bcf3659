// Private to rpc. shoal.Operator, for callers of the server's own machine.
#pragma once

#include <functional>

#include "api/operator.h"
#include "rpc/server_call.h"

namespace shoal {

// Runs a task on the thread of the calls, later. From any thread.
using Post = std::function<void(std::function<void()> task)>;

// `handler` outlives the calls and the table.
void AddOperatorMethods(OperatorHandler& handler, const Post& post, MethodTable& methods);

}  // namespace shoal
