// What the Open Inference Protocol (KServe v2) says about a server and its model. Nothing is
// computed under it.
#pragma once

#include <functional>

#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

// GET /v2, /v2/health/live, /v2/health/ready, /v2/models/{name}, /v2/models/{name}/ready. What is
// not ready has the status 503.
void AddKserveRoutes(RouteContext& context, const std::function<bool()>& is_ready,
                     RouteTable& routes);

}  // namespace shoal
