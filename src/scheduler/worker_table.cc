#include "scheduler/worker_table.h"

#include <algorithm>

#include "base/check.h"

namespace shoal {

using std::chrono::microseconds;

bool WorkerRecord::Has(BatchId batch) const {
  for (const LaneRecord& lane : lanes) {
    for (const RunningBatch& running : lane.batches) {
      if (running.id == batch) return true;
    }
  }
  return false;
}

void WorkerRecord::SampleRoundTrip(microseconds sample) {
  round_trip_32_us += std::max<std::int64_t>(0, sample.count()) - round_trip_32_us / 32;
}

microseconds WorkerRecord::RoundTrip() const { return microseconds(round_trip_32_us / 32); }

void WorkerTable::Add(const WorkerRecord& worker) {
  const bool added = workers_.try_emplace(worker.attach, worker).second;
  CHECK(added, "an attach opens once");
}

WorkerRecord* WorkerTable::Find(AttachId attach) {
  const auto place = workers_.find(attach);
  return place == workers_.end() ? nullptr : &place->second;
}

const WorkerRecord* WorkerTable::Find(AttachId attach) const {
  const auto place = workers_.find(attach);
  return place == workers_.end() ? nullptr : &place->second;
}

void WorkerTable::Remove(AttachId attach) { workers_.erase(attach); }

bool WorkerTable::HasLive() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& entry) { return !entry.second.draining; });
}

LaneChoice WorkerTable::NextLane(microseconds now, Cost full, std::uint64_t step) {
  const auto usable = [step](const WorkerRecord& worker, const LaneRecord& lane) {
    return !worker.draining && lane.credit.CanSend() && lane.passed_over != step &&
           lane.batches.size() < kMaxBatchesPerLane;
  };
  std::size_t fewest = kMaxBatchesPerLane;
  microseconds fastest = microseconds::max();
  for (auto& [attach, worker] : workers_) {
    for (LaneRecord& lane : worker.lanes) {
      if (!usable(worker, lane) || lane.batches.size() > fewest) continue;
      const microseconds time = lane.speed.Predict(now, full);
      fastest = lane.batches.size() < fewest ? time : std::min(fastest, time);
      fewest = lane.batches.size();
    }
  }
  LaneChoice best;
  for (auto& [attach, worker] : workers_) {
    for (std::uint32_t i = 0; i < worker.lanes.size(); ++i) {
      LaneRecord& lane = worker.lanes[i];
      if (!usable(worker, lane) || lane.batches.size() != fewest) continue;
      if (lane.speed.Predict(now, full) > fastest + fastest / 8) continue;
      if (!best || lane.last_batch < (*best).last_batch) best = {&worker, i};
    }
  }
  return best;
}

microseconds WorkerTable::FastestTime(microseconds now, Cost cost) const {
  microseconds fastest = microseconds::max();
  for (const auto& [attach, worker] : workers_) {
    if (worker.draining) continue;
    for (const LaneRecord& lane : worker.lanes)
      fastest = std::min(fastest, lane.speed.Predict(now, cost));
  }
  CHECK(fastest != microseconds::max(), "asked only while a worker is live");
  return fastest;
}

double WorkerTable::Speed(microseconds now, Cost full) const {
  double speed = 0;
  for (const auto& [attach, worker] : workers_) {
    if (worker.draining) continue;
    for (const LaneRecord& lane : worker.lanes) {
      speed +=
          static_cast<double>(full) / static_cast<double>(lane.speed.Predict(now, full).count());
    }
  }
  return speed;
}

}  // namespace shoal
