// What workers fail to do. A batch that is overdue makes its lane late: the lane stops counting,
// what is staged behind the batch is taken back, and its own items may run once more elsewhere. A
// worker that stays silent, stalls or keeps failing is closed.
#include "scheduler/scheduler.h"

#include <algorithm>

namespace shoal {

namespace {

constexpr microseconds kShortestLate{5'000};
constexpr microseconds kShortestStall{1'000'000};
constexpr int kStallBatches = 5;
constexpr microseconds kWorkerSilence{1'500'000};
constexpr microseconds kNever = microseconds::max();

}  // namespace

// When the batch should be back if it begins at `start`, and from when on it is late or stalled.
void Scheduler::Expect(const WorkerRecord& worker, const LaneRecord& lane, RunningBatch& batch,
                       microseconds start) {
  const microseconds time = lane.speed.Predict(batch.cost);
  batch.expected_end = start + worker.RoundTrip() + time;
  const microseconds end = failure_clock_.time() + (batch.expected_end - now_);
  batch.late_at = end + std::max(kShortestLate, time);
  batch.stalled_at = end + std::max(kShortestStall, kStallBatches * time);
  next_check_ = std::min(next_check_, batch.late_at);
}

void Scheduler::CheckWorkers() {
  const microseconds time = Bug(PlantedBug::kTimersRunInPause) ? now_ : failure_clock_.time();
  if (time < next_check_) return;
  next_check_ = kNever;
  std::vector<AttachmentId> silent, stalled;
  for (auto& [attachment, worker] : workers_.all()) {
    if (time - worker.heard >= kWorkerSilence) {
      silent.push_back(attachment);
      continue;
    }
    next_check_ = std::min(next_check_, worker.heard + kWorkerSilence);
    for (LaneRecord& lane : worker.lanes) {
      if (CheckLane(worker, lane, time)) stalled.push_back(attachment);
    }
  }
  for (const AttachmentId attachment : silent) {
    ++counters_.workers_silent;
    closes_.push_back({.attachment = attachment, .why = "nothing came from it for 1.5 s"});
    CloseAttachment(attachment);
  }
  for (const AttachmentId attachment : stalled) {
    if (EjectIfAllowed(attachment, "a batch does not come back")) ++counters_.workers_stalled;
  }
}

// True if the lane has stalled. One that the pool cannot spare is looked at again later.
bool Scheduler::CheckLane(WorkerRecord& worker, LaneRecord& lane, microseconds time) {
  if (lane.batches.empty()) return false;
  RunningBatch& batch = lane.batches.front();
  if (!batch.late && time >= batch.late_at) MarkLate(worker, lane, batch);
  const bool stalled = time >= batch.stalled_at;
  if (stalled) batch.stalled_at = time + kShortestStall;
  next_check_ = std::min(next_check_, batch.late ? batch.stalled_at : batch.late_at);
  return stalled;
}

void Scheduler::MarkLate(WorkerRecord& worker, LaneRecord& lane, RunningBatch& batch) {
  ++counters_.batches_late;
  batch.late = true;
  late_.push_back({worker.attachment, batch.id});
  for (std::size_t i = lane.batches.size(); i-- > 1;) Recall(worker, lane.batches[i]);
  RefreshLate(worker);
}

// Takes back what was staged: it goes to its old bucket and costs no attempt. The worker may have
// begun it already; then the first answer wins.
void Scheduler::Recall(const WorkerRecord& worker, RunningBatch& batch) {
  if (batch.recalled) return;
  batch.recalled = true;
  for (auto sent = batch.items.rbegin(); sent != batch.items.rend(); ++sent) {
    Call* call = calls_.Find(sent->call);
    if (call == nullptr) continue;
    if (!call->items[sent->text_index].HasCopy(batch.id)) continue;
    recalls_.emplace_back(worker.attachment, sent->id);
    ++counters_.items_recalled;
    sent->waste = Waste::kRequeued;
    TakeBack(*sent, batch.id, Requeue::kLate);
  }
}

void Scheduler::RefreshLate(WorkerRecord& worker) {
  const bool was = worker.late();
  for (LaneRecord& lane : worker.lanes) {
    lane.late = std::any_of(lane.batches.begin(), lane.batches.end(),
                            [](const RunningBatch& batch) { return batch.late; });
  }
  workers_.Touch();
  if (worker.late() != was) NoteState(worker);
}

bool Scheduler::EjectIfAllowed(AttachmentId attachment, std::string_view why) {
  const WorkerRecord* worker = workers_.Find(attachment);
  if (worker == nullptr) return false;
  const int lanes = static_cast<int>(worker->lanes.size());
  const int leaving = worker->drained ? 0 : lanes;
  if (!MayEject(leaving, workers_.UndrainedLanes(), ejections_.LanesAway(now_))) return false;
  closes_.push_back({.attachment = attachment,
                     .why = why,
                     .stay_away = ejections_.Eject(now_, worker->worker_id, lanes)});
  CloseAttachment(attachment);
  return true;
}

void Scheduler::Forget(AttachmentId attachment, BatchId batch) {
  std::erase_if(late_, [&](const LateBatch& late) {
    return late.attachment == attachment && late.batch == batch;
  });
}

}  // namespace shoal
