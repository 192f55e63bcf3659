// What a scrape of a coordinator says besides what its probe has counted.
#pragma once

#include "api/embed.h"
#include "coordinator/figures.h"
#include "telemetry/metrics.h"

namespace shoal {

// Pure.
void AddCoordinatorMetrics(const CoordinatorFigures& figures, const ServiceInfo& info,
                           MetricFigures& to);

}  // namespace shoal
