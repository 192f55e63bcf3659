// A few texts, to see what becomes of them: how alike they are, their tokens, where the time went.
// The same calls as of any client, with the same checks; no vector is shown.
#pragma once

#include "dashboard/dashboard_context.h"
#include "routes/route_table.h"

namespace shoal {

inline constexpr std::size_t kMostTriedTexts = 32;

// POST /api/v1/try. `context` outlives the table and what it has begun.
void AddTryRoute(DashboardContext& context, RouteTable& routes);

}  // namespace shoal
