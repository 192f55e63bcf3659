// Private to rpc. shoal.Operator, for whom OperatorAccess lets in.
#pragma once

#include <functional>

#include "api/operator.h"
#include "edge/operator_access.h"
#include "rpc/server_call.h"

namespace shoal {

// Runs a task on the thread of the calls, later. From any thread.
using Post = std::function<void(std::function<void()> task)>;

// `handler` and `access` outlive the calls and the table.
void AddOperatorMethods(OperatorHandler& handler, const OperatorAccess& access, const Post& post,
                        MethodTable& methods);

}  // namespace shoal
