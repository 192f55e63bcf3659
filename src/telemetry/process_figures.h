// What the kernel knows of this process, under the names that Prometheus' clients use.
#pragma once

#include "telemetry/metrics.h"

namespace shoal {

// What cannot be read is left out.
void AddProcessFigures(MetricFigures& figures);

// What every process of Shoal has: these, and the lines that its log has lost.
void AddCommonFigures(MetricsRegistry& registry);

}  // namespace shoal
