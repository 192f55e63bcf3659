// The workers that are attached: their lanes, what each lane may get, what it has, and which lanes
// count.
//
// Of the lanes that may take work, the late ones are left out first (a batch of theirs is overdue),
// unless all are late. Then a lane more than 2.5 times slower than the fastest of the rest is set
// apart. Those that remain count: they make the speed of the pool. A single slow machine must not
// make the pool refuse short deadlines, so a lane set apart only helps: it takes what has twice the
// time that it needs there. Beyond 6 times slower it takes nothing. How it heals: lane_probe.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "scheduler/cost.h"
#include "scheduler/counters.h"
#include "scheduler/credit.h"
#include "scheduler/lane_probe.h"
#include "scheduler/lane_speed.h"
#include "scheduler/planted_bug.h"
#include "scheduler/pool_view.h"

namespace shoal {

// The call of a probe: none, nobody waits for its vector.
inline constexpr CallId kNoCall = 0;

// One item of a batch on its way to a worker.
struct SentItem {
  ItemId id = 0;  // the same for every attempt of one text
  CallId call = kNoCall;
  std::uint32_t text_index = 0;  // within its call
  std::uint32_t attempt = 1;
  std::int64_t remaining_us = 0;  // until the deadline; > 0
  std::uint32_t length = 0;       // tokens
  Waste waste = Waste::kLate;     // why, should its vector be for nobody
};

// Why a batch was sent.
enum class SendReason : std::uint8_t { kQueue, kSecondAttempt, kProbe };

struct RunningBatch {
  BatchId id = 0;
  SendReason reason = SendReason::kQueue;
  Cost cost = 0;
  std::chrono::microseconds sent{0};
  std::chrono::microseconds expected_end{0};  // back here
  // On the clock that stands still while nobody looks, see failure_clock.h.
  std::chrono::microseconds late_at{0};
  std::chrono::microseconds stalled_at{0};
  bool late = false;
  bool recalled = false;  // its items were taken back
  std::vector<SentItem> items{};
};

// One compute thread of a worker. It executes one batch and may hold a staged one.
struct LaneRecord {
  LaneSpeed speed;
  LaneProbe probe;
  Credit credit{};
  std::vector<RunningBatch> batches{};  // in the order they were sent
  BatchId last_batch = 0;
  std::uint64_t passed_over = 0;  // the Step in which nothing that waits was feasible here
  bool late = false;              // one of its batches is
  bool apart = false;             // more than 2.5 times slower than the fastest
  bool far_apart = false;         // more than 6 times
  bool counts = false;
  double batch_us = 0;     // S of a full batch
  double speed_share = 0;  // its part of the pool's speed, cost per µs

  // Slower than others or than it was, as far as is known.
  bool LooksSlow() const { return apart || speed.ratio() > kLooksSlow; }
  // When it could begin another batch: what it has is expected to be back.
  std::chrono::microseconds FreeAt(std::chrono::microseconds now) const;
};

struct WorkerRecord {
  AttachmentId attachment = 0;
  std::string worker_id{};
  std::uint64_t incarnation = 0;
  std::uint32_t max_batch_tokens = 0;
  std::uint32_t max_batch_items = 0;
  bool draining = false;                     // it said so
  bool drained = false;                      // an operator said so
  std::chrono::microseconds heard{0};        // on the failure clock
  int failed_in_row = 0;                     // batches
  std::int64_t round_trip_32_us = 32 * 500;  // 32 times the moving average of weight 1/32
  std::vector<LaneRecord> lanes{};

  // May take work.
  bool live() const { return !draining && !drained; }
  bool late() const;
  // Null if none of its lanes has the batch.
  const RunningBatch* Find(BatchId batch) const;
  // One of its lanes has it, behind another.
  bool IsStaged(BatchId batch) const;

  void SampleRoundTrip(std::chrono::microseconds sample);
  std::chrono::microseconds RoundTrip() const;
};

// Of all lanes of a worker, in batches.
struct LaneLoad {
  std::uint32_t credit = 0;  // that may be sent
  std::uint32_t in_flight = 0;
};

// The workers that may take work, as somebody sees them who starts and stops workers: what is late
// for a moment belongs to them, what is set apart adds no speed.
struct ReadyWorkers {
  int workers = 0;
  double speed = 0;  // cost per µs of full batches
};

struct LaneChoice {
  WorkerRecord* worker = nullptr;  // null: no lane
  std::uint32_t lane = 0;

  LaneRecord& operator*() const { return worker->lanes[lane]; }
  LaneRecord* operator->() const { return &worker->lanes[lane]; }
  explicit operator bool() const { return worker != nullptr; }
};

// Not thread-safe. Pointers stay good until the worker is removed.
class WorkerTable {
 public:
  // Executing and staged.
  static constexpr std::size_t kMaxBatchesPerLane = 2;

  WorkerTable(Cost full, PlantedBug bug) : full_(full), bug_(bug) {}

  // `worker.attachment` was never there before.
  void Add(const WorkerRecord& worker);
  // Null if it is not attached.
  WorkerRecord* Find(AttachmentId attachment);
  const WorkerRecord* Find(AttachmentId attachment) const;
  void Remove(AttachmentId attachment);
  // Null if none of this id is attached.
  WorkerRecord* FindById(std::string_view worker_id);

  bool empty() const { return workers_.empty(); }
  bool HasLive() const;
  // Of workers that no operator drained.
  int UndrainedLanes() const;

  // A speed, a round trip, a late batch or a drain has changed: who counts is to be judged anew.
  void Touch() { stale_ = true; }
  // What was sent or came back: View is to be taken anew.
  void TouchWork() { viewed_ = std::chrono::microseconds(-1); }

  // What the lanes that count can do. speed 0: no worker is live.
  const PoolView& View(std::chrono::microseconds now);

  ReadyWorkers Ready();

  // The lane that gets the next batch: one with credit, idle before busy, then the fastest; among
  // those within an eighth of it the one that waited longest, so that light load is spread. Late
  // lanes and those passed over in `step` are left out.
  LaneChoice NextLane(std::uint64_t step);

  // Predicted time of `cost` on the fastest lane that counts. Needs a live worker.
  std::chrono::microseconds FastestTime(Cost cost);

  // Every attached worker, by attachment.
  std::map<AttachmentId, WorkerRecord>& all() { return workers_; }
  std::size_t lane_count() const { return lanes_.size(); }
  // Of all workers, judged.
  const std::vector<LaneChoice>& lanes() {
    Classify();
    return lanes_;
  }

 private:
  void Classify();
  void Collect();

  const Cost full_;
  const PlantedBug bug_;
  std::map<AttachmentId, WorkerRecord> workers_;  // ordered: the same events give the same choices
  std::vector<LaneChoice> lanes_;                 // of all workers, in their order
  bool stale_ = true;
  PoolView view_{};
  std::chrono::microseconds viewed_{-1};  // when view_ was taken
  const LaneRecord* fastest_ = nullptr;   // that counts
};

}  // namespace shoal
