// The description of the HTTP API: as a document for programs, and as a page that needs nothing
// from elsewhere.
#pragma once

#include "routes/route_table.h"

namespace shoal {

// GET /openapi.json (src/routes/openapi.json) and /docs (src/routes/docs.html).
void AddPageRoutes(RouteTable& routes);

}  // namespace shoal
