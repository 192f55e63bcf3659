// What the kernel knows of this process, under the names that Prometheus' clients use.
#pragma once

#include "telemetry/metrics.h"

namespace shoal {

// What cannot be read is left out.
void AddProcessFigures(MetricFigures& figures);

}  // namespace shoal
