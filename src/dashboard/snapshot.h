// Everything that the dashboard shows of a coordinator at one moment, as one tree. Pure but for the
// sources.
#pragma once

#include <chrono>
#include <string>

#include "api/embed.h"
#include "dashboard/call_tally.h"
#include "dashboard/dashboard_sources.h"
#include "dashboard/state_tree.h"

namespace shoal {

struct SnapshotMoment {
  std::chrono::steady_clock::time_point now{};
  std::chrono::steady_clock::time_point began{};
  std::int64_t began_unix_ms = 0;
};

StateTree Snapshot(const DashboardSources& sources, const CallTally& tally,
                   const SnapshotMoment& moment);

// One of its workers.
void AddWorker(const WorkerInfo& worker, StateTree& to);

// The list that is no part of it: requests that were slow or failed, the last first.
std::string SlowRequestsJson(const std::vector<KeptCall>& calls);

}  // namespace shoal
