// The page that an operator's browser shows, and what it loads.
#pragma once

#include "routes/route_table.h"

namespace shoal {

// GET / and /assets/{name}: the files of web/dist, for all.
void AddAssetRoutes(RouteTable& routes);

}  // namespace shoal
