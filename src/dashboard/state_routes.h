// What the dashboard tells and changes nothing by: the state, whole or as a stream, the workers,
// slow requests, log, configuration, metrics.
#pragma once

#include "dashboard/dashboard_context.h"
#include "routes/route_table.h"

namespace shoal {

// `context` outlives the table.
void AddStateRoutes(DashboardContext& context, RouteTable& routes);

// 404, with the ids that there are.
OperatorError UnknownWorker(std::string_view id, const ServiceInfo& info);

}  // namespace shoal
