// What operators change by the dashboard's port: workers that get no work, the level of the log.
#pragma once

#include "dashboard/dashboard_context.h"
#include "routes/route_table.h"

namespace shoal {

// `context` outlives the table and what it has begun.
void AddChangeRoutes(DashboardContext& context, RouteTable& routes);

}  // namespace shoal
