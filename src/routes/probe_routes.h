// What an orchestrator asks a server: does it live, is it ready. As a worker's own port answers
// (http/health_routes.h).
#pragma once

#include <functional>

#include "routes/route_table.h"

namespace shoal {

// What the routes of all APIs say where `is_ready` is false.
Refusal NotReady();

// GET /healthz/live: 200 as long as the process answers. GET /healthz/ready: 200, or 503.
void AddProbeRoutes(const std::function<bool()>& is_ready, RouteTable& routes);

}  // namespace shoal
