// The workers that are attached: their lanes, what each lane may get, and what it has.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "scheduler/cost.h"
#include "scheduler/credit.h"
#include "scheduler/lane_speed.h"

namespace shoal {

// One item of a batch on its way to a worker.
struct SentItem {
  ItemId id = 0;  // the same for every attempt of one text
  CallId call = 0;
  std::uint32_t text_index = 0;  // within its call
  std::uint32_t attempt = 1;
  std::int64_t remaining_us = 0;  // until the deadline; > 0
  std::uint32_t length = 0;       // tokens
};

struct RunningBatch {
  BatchId id = 0;
  std::chrono::microseconds sent{0};
  std::vector<SentItem> items{};
};

// One compute thread of a worker. It executes one batch and may hold a staged one.
struct LaneRecord {
  LaneSpeed speed;
  Credit credit{};
  std::vector<RunningBatch> batches{};  // in the order they were sent
  BatchId last_batch = 0;
  std::uint64_t passed_over = 0;  // the Step in which nothing that waits was feasible here
};

struct WorkerRecord {
  AttachId attach = 0;
  std::string worker_id{};
  std::uint64_t incarnation = 0;
  std::uint32_t max_batch_tokens = 0;
  std::uint32_t max_batch_items = 0;
  bool draining = false;
  std::int64_t round_trip_32_us = 32 * 500;  // 32 times the moving average of weight 1/32
  std::vector<LaneRecord> lanes{};

  // One of its lanes has the batch.
  bool Has(BatchId batch) const;

  void SampleRoundTrip(std::chrono::microseconds sample);
  std::chrono::microseconds RoundTrip() const;
};

struct LaneChoice {
  WorkerRecord* worker = nullptr;  // null: no lane
  std::uint32_t lane = 0;

  LaneRecord& operator*() const { return worker->lanes[lane]; }
  explicit operator bool() const { return worker != nullptr; }
};

// Not thread-safe. Pointers stay good until the worker is removed. "Live" is a worker that may take
// work: attached and not draining.
class WorkerTable {
 public:
  // Executing and staged.
  static constexpr std::size_t kMaxBatchesPerLane = 2;

  // `worker.attach` was never there before.
  void Add(const WorkerRecord& worker);
  // Null if it is not attached.
  WorkerRecord* Find(AttachId attach);
  const WorkerRecord* Find(AttachId attach) const;
  void Remove(AttachId attach);

  bool HasLive() const;

  // The lane that gets the next batch: one with credit, idle before busy, then the fastest for a
  // batch of `full` cost; among those within an eighth of it the one that waited longest, so that
  // light load is spread. Lanes passed over in `step` are left out.
  LaneChoice NextLane(std::chrono::microseconds now, Cost full, std::uint64_t step);

  // Predicted time of `cost` on the fastest live lane, with credit or not. Needs a live worker.
  std::chrono::microseconds FastestTime(std::chrono::microseconds now, Cost cost) const;

  // Cost per µs of all live lanes at full batches.
  double Speed(std::chrono::microseconds now, Cost full) const;

 private:
  std::map<AttachId, WorkerRecord> workers_;  // ordered: the same events give the same choices
};

}  // namespace shoal
