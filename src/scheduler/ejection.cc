// An entry outlives the time away: it holds how often its worker was sent away, so that one that
// comes back and stalls again is away for twice as long (1 s, 2 s, 4 s ... 60 s). Only ten good
// batches erase it, or a full table, in which the worker that may come back first makes room.
#include "scheduler/ejection.h"

#include <algorithm>

namespace shoal {

using std::chrono::microseconds;

microseconds EjectionTable::Eject(microseconds now, std::string_view worker_id, int lanes) {
  if (workers_.size() >= kMost && workers_.find(worker_id) == workers_.end()) {
    const auto first = std::min_element(
        workers_.begin(), workers_.end(),
        [](const auto& a, const auto& b) { return a.second.until < b.second.until; });
    workers_.erase(first);
  }
  Worker& worker = workers_[std::string(worker_id)];
  const microseconds away = std::min(kLongest, kFirst * (1 << std::min(worker.times, 6)));
  ++worker.times;
  worker.good = 0;
  worker.lanes = lanes;
  worker.until = now + away;
  return away;
}

microseconds EjectionTable::StayAway(microseconds now, std::string_view worker_id) const {
  const auto found = workers_.find(worker_id);
  if (found == workers_.end()) return microseconds(0);
  return std::max(microseconds(0), found->second.until - now);
}

void EjectionTable::OnGoodBatch(std::string_view worker_id) {
  const auto found = workers_.find(worker_id);
  if (found == workers_.end()) return;
  if (++found->second.good >= kGoodBatches) workers_.erase(found);
}

int EjectionTable::LanesAway(microseconds now) const {
  int lanes = 0;
  for (const auto& [id, worker] : workers_) {
    if (worker.until > now) lanes += worker.lanes;
  }
  return lanes;
}

}  // namespace shoal
