// Two answers are kept until something changes them. Classify, after a speed, a round trip,
// lateness or a drain has changed, says which lanes count and how fast each is. View, after work
// was sent or came back or time passed, sums up the lanes that count for admission. Many calls
// arrive between two results, and each asks for both.
//
// `running` of the view is when an average lane would be free: what each still has to do, weighted
// by its part of the pool's speed. It is 0 as soon as one lane is idle. A late lane is taken to
// need as long again as it is overdue by now.
#include "scheduler/worker_table.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace shoal {

using std::chrono::microseconds;

namespace {

constexpr double kApart = 2.5;
// Below LaneSpeed's largest sample, 8: a lane that becomes slow must be able to get here.
constexpr double kFarApart = 6;
constexpr double kNever = std::numeric_limits<double>::infinity();

}  // namespace

microseconds LaneRecord::FreeAt(microseconds now) const {
  return batches.empty() ? now : std::max(now, batches.back().expected_end);
}

bool WorkerRecord::late() const {
  return std::any_of(lanes.begin(), lanes.end(), [](const LaneRecord& lane) { return lane.late; });
}

const RunningBatch* WorkerRecord::Find(BatchId batch) const {
  for (const LaneRecord& lane : lanes) {
    for (const RunningBatch& running : lane.batches) {
      if (running.id == batch) return &running;
    }
  }
  return nullptr;
}

bool WorkerRecord::IsStaged(BatchId batch) const {
  return std::any_of(lanes.begin(), lanes.end(), [batch](const LaneRecord& lane) {
    return lane.batches.size() > 1 && lane.batches.front().id != batch &&
           lane.batches.back().id == batch;
  });
}

void WorkerRecord::SampleRoundTrip(microseconds sample) {
  round_trip_32_us += std::max<std::int64_t>(0, sample.count()) - round_trip_32_us / 32;
}

microseconds WorkerRecord::RoundTrip() const { return microseconds(round_trip_32_us / 32); }

void WorkerTable::Add(const WorkerRecord& worker) {
  const bool added = workers_.try_emplace(worker.attachment, worker).second;
  CHECK(added, "an attachment opens once");
  Collect();
}

WorkerRecord* WorkerTable::Find(AttachmentId attachment) {
  const auto place = workers_.find(attachment);
  return place == workers_.end() ? nullptr : &place->second;
}

const WorkerRecord* WorkerTable::Find(AttachmentId attachment) const {
  const auto place = workers_.find(attachment);
  return place == workers_.end() ? nullptr : &place->second;
}

WorkerRecord* WorkerTable::FindById(std::string_view worker_id) {
  for (auto& [attachment, worker] : workers_) {
    if (worker.worker_id == worker_id) return &worker;
  }
  return nullptr;
}

void WorkerTable::Remove(AttachmentId attachment) {
  workers_.erase(attachment);
  Collect();
}

void WorkerTable::Collect() {
  lanes_.clear();
  for (auto& [attachment, worker] : workers_) {
    for (std::uint32_t i = 0; i < worker.lanes.size(); ++i) lanes_.push_back({&worker, i});
  }
  Touch();
}

bool WorkerTable::HasLive() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& entry) { return entry.second.live(); });
}

int WorkerTable::UndrainedLanes() const {
  int lanes = 0;
  for (const auto& [attachment, worker] : workers_) {
    if (!worker.drained) lanes += static_cast<int>(worker.lanes.size());
  }
  return lanes;
}

void WorkerTable::Classify() {
  if (!stale_) return;
  stale_ = false;
  viewed_ = microseconds(-1);
  const double tokens = static_cast<double>(full_) / kCostPerToken;
  bool all_late = true;
  for (const LaneChoice& lane : lanes_) {
    lane->batch_us = std::max(1.0, lane->speed.alpha_us() + lane->speed.per_token_us() * tokens);
    if (lane.worker->live() && !lane->late) all_late = false;
  }
  const auto present = [all_late](const LaneChoice& lane) {
    return lane.worker->live() && (all_late || !lane->late);
  };
  double fastest = kNever;
  fastest_ = nullptr;
  for (const LaneChoice& lane : lanes_) {
    if (!present(lane) || lane->batch_us >= fastest) continue;
    fastest = lane->batch_us;
    fastest_ = &*lane;
  }
  for (const LaneChoice& lane : lanes_) {
    lane->apart = lane->batch_us > kApart * fastest;
    lane->far_apart = lane->batch_us > kFarApart * fastest;
    lane->counts = present(lane) && (!lane->apart || bug_ == PlantedBug::kSpeedOfSlowestLane);
    const double round_trip = bug_ == PlantedBug::kRoundTripLeftOut
                                  ? 0
                                  : static_cast<double>(lane.worker->RoundTrip().count());
    lane->speed_share = static_cast<double>(full_) / (lane->batch_us + round_trip);
  }
}

const PoolView& WorkerTable::View(microseconds now) {
  Classify();
  if (viewed_ == now) return view_;
  viewed_ = now;
  view_ = {.batch_cost = full_};
  const LaneRecord* slowest = nullptr;
  double running = 0;
  bool idle = false;
  for (const LaneChoice& choice : lanes_) {
    const LaneRecord& lane = *choice;
    if (!lane.counts) continue;
    ++view_.lanes;
    view_.speed += lane.speed_share;
    view_.round_trip = std::max(view_.round_trip, choice.worker->RoundTrip());
    if (slowest == nullptr || lane.batch_us > slowest->batch_us) slowest = &lane;
    if (lane.batches.empty()) {
      idle = idle || lane.credit.CanSend();
      continue;
    }
    microseconds left = lane.batches.back().expected_end - now;
    if (lane.late) left = std::max(left, now - lane.batches.front().expected_end);
    running += static_cast<double>(std::max<std::int64_t>(0, left.count())) * lane.speed_share;
  }
  if (slowest == nullptr) return view_;
  view_.alpha_us = slowest->speed.alpha_us();
  view_.per_token_us = slowest->speed.per_token_us();
  if (!idle) view_.running = RoundUp(running / view_.speed);
  return view_;
}

ReadyWorkers WorkerTable::Ready() {
  Classify();
  ReadyWorkers ready;
  for (const auto& [attachment, worker] : workers_) {
    if (!worker.live()) continue;
    ++ready.workers;
    for (const LaneRecord& lane : worker.lanes) {
      if (!lane.apart) ready.speed += lane.speed_share;
    }
  }
  return ready;
}

LaneChoice WorkerTable::NextLane(std::uint64_t step) {
  Classify();
  const auto usable = [this, step](const LaneChoice& choice) {
    const LaneRecord& lane = *choice;
    const bool live = choice.worker->live() ||
                      (bug_ == PlantedBug::kDrainedWorkerUsed && !choice.worker->draining);
    return live && !lane.late && lane.passed_over != step && lane.credit.CanSend() &&
           lane.batches.size() < kMaxBatchesPerLane;
  };
  std::size_t fewest = kMaxBatchesPerLane;
  double fastest = kNever;
  for (const LaneChoice& lane : lanes_) {
    if (lane->batches.size() > fewest || !usable(lane)) continue;
    fastest = lane->batches.size() < fewest ? lane->batch_us : std::min(fastest, lane->batch_us);
    fewest = lane->batches.size();
  }
  LaneChoice best;
  if (fewest == kMaxBatchesPerLane) return best;
  for (const LaneChoice& lane : lanes_) {
    if (lane->batches.size() != fewest || lane->batch_us > fastest * 1.125 || !usable(lane)) {
      continue;
    }
    if (!best || lane->last_batch < best->last_batch) best = lane;
  }
  return best;
}

microseconds WorkerTable::FastestTime(Cost cost) {
  Classify();
  CHECK(fastest_ != nullptr, "asked only while a worker is live");
  return fastest_->speed.Predict(cost);
}

}  // namespace shoal
