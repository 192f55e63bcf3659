// Who gets work: whenever a lane has credit, the best batch for it.
//
//   1. a second attempt at its last moment
//   2. the queue whose turn it is, else the next one that has something for this lane
//   3. a second attempt, if the lane is idle and nothing urgent or patient waits
//   4. bulk
//
// An idle lane that looks slow then gets a probe, see lane_probe.h.
#include "scheduler/scheduler.h"

#include <algorithm>

#include "base/check.h"
#include "scheduler/batcher.h"

namespace shoal {

namespace {

// Items infeasible on the lane at hand, left for a faster one, that a batch looks past.
constexpr int kMaxPassedOver = 64;
// A lane set apart takes what has so many times the time that it needs there.
constexpr int kApartReserve = 2;
constexpr microseconds kProbeLook{20'000};
// Until nobody cares any more whether the lane was slow.
constexpr microseconds kProbeTime{10'000'000};
constexpr microseconds kNever = microseconds::max();

}  // namespace

void Scheduler::Dispatch(std::vector<SchedulerAction>& out) {
  next_last_moment_ = kNever;
  if (!has_live_worker_) return;
  while (queued_items() > undecided_items_ || !late_.empty()) {
    const LaneChoice choice = workers_.NextLane(step_);
    if (!choice) break;
    if (!GiveWork(choice, out)) choice->passed_over = step_;
  }
  ProbeSlowLanes(out);
}

bool Scheduler::GiveWork(LaneChoice choice, std::vector<SchedulerAction>& out) {
  const bool early = Bug(PlantedBug::kSecondAttemptEarly);
  if (choice->far_apart) return false;
  if (!choice->apart && TrySecondAttempt(choice, !early, out)) return true;
  if (TryQueues(choice, out)) return true;
  const bool nobody_waits = rings_[0].empty() && rings_[1].empty();
  if (choice->batches.empty() && nobody_waits && !choice->apart &&
      TrySecondAttempt(choice, false, out)) {
    return true;
  }
  return TryQueue(choice, QueueKind::kBulk, out);
}

bool Scheduler::TryQueues(LaneChoice choice, std::vector<SchedulerAction>& out) {
  const bool urgent = !rings_[0].empty();
  const bool patient = !rings_[1].empty();
  const bool bulk = !rings_[2].empty();
  if (!urgent) patient_share_.Reset();
  if (!urgent && !patient) bulk_share_.Reset();
  if (bulk && (urgent || patient) && bulk_share_.IsTurn() &&
      TryQueue(choice, QueueKind::kBulk, out)) {
    return true;
  }
  if (patient && patient_share_.IsTurn() && TryQueue(choice, QueueKind::kPatient, out)) {
    return true;
  }
  return TryQueue(choice, QueueKind::kUrgent, out) || TryQueue(choice, QueueKind::kPatient, out);
}

bool Scheduler::TryQueue(LaneChoice choice, QueueKind kind, std::vector<SchedulerAction>& out) {
  QueueRing& ring = rings_[static_cast<std::size_t>(kind)];
  const std::array<bool, kQueueKinds> had_work = {!rings_[0].empty(), !rings_[1].empty(),
                                                  !rings_[2].empty()};
  if (!PickBatch(choice, ring)) return false;
  Cost cost = 0;
  for (const Item* item : picked_) cost += item->cost;
  Send(choice, SendReason::kQueue, out);
  SettleShares(kind, cost, had_work);
  return true;
}

void Scheduler::SettleShares(QueueKind sent, Cost cost,
                             const std::array<bool, kQueueKinds>& had_work) {
  if (Bug(PlantedBug::kShareInBatches)) cost = budget_ / 4;
  if (had_work[0] && had_work[1]) {
    if (sent == QueueKind::kUrgent) patient_share_.OthersSent(cost);
    if (sent == QueueKind::kPatient) patient_share_.Sent(cost);
  }
  if (had_work[2] && (had_work[0] || had_work[1])) {
    if (sent == QueueKind::kBulk) {
      bulk_share_.Sent(cost);
    } else {
      bulk_share_.OthersSent(cost);
    }
  }
}

// Why an item at the front is answered instead of sent; none: it is sent. `late_here`: this lane
// would not make it.
std::optional<FinishCall> Scheduler::AnswerAtDequeue(const Item& item, microseconds round_trip,
                                                     bool late_here) {
  if (!poison_.empty() && poison_.Banned(now_, item.fingerprint)) {
    return FinishCall{.verdict = Verdict::kPoisonInput, .why = PoisonTable::kWhyBanned};
  }
  const bool hopeless = now_ + round_trip + workers_.FastestTime(item.cost) > item.call->deadline;
  if ((hopeless && !Bug(PlantedBug::kInfeasibleKept)) ||
      (late_here && Bug(PlantedBug::kLaneInfeasibleAnswered))) {
    return FinishCall{.verdict = Verdict::kDeadlineExceeded,
                      .why = "no worker could compute it before the deadline any more"};
  }
  return std::nullopt;
}

// It failed before, or its text is blamed for the end of a worker.
bool Scheduler::RidesAlone(const Item& item) const {
  return item.alone || (!poison_.empty() && poison_.blame(now_, item.fingerprint) > 0);
}

// Picks the items of the lane's next batch without moving them; false: nothing is for this lane. A
// call that not even the fastest lane would finish in time is answered, and the picking starts
// again, for its other items leave the queue with it.
bool Scheduler::PickBatch(LaneChoice choice, QueueRing& ring) {
  const LaneRecord& lane = *choice;
  const BatchLimits limits = {.cost = budget_,
                              .tokens = choice.worker->max_batch_tokens,
                              .items = choice.worker->max_batch_items};
  const microseconds round_trip = choice.worker->RoundTrip();
  const microseconds start = lane.FreeAt(now_) + round_trip;
  const int reserve = lane.apart ? kApartReserve : 1;
  Batcher batch(limits);
  picked_.clear();
  int passed_over = 0;
  microseconds first_deadline = kNever;
  for (QueueNode* node = ring.First(); node != nullptr;) {
    Item& item = static_cast<Item&>(*node);
    Call& call = *item.call;
    const microseconds end = start + reserve * lane.speed.Predict(batch.cost() + item.cost);
    const bool late_here = end > call.deadline;
    if (const std::optional<FinishCall> answer = AnswerAtDequeue(item, round_trip, late_here)) {
      Finish(call, *answer);
      batch = Batcher(limits);
      picked_.clear();
      passed_over = 0;
      first_deadline = kNever;
      node = ring.First();
      continue;
    }
    const BatchCandidate candidate = {
        .length = item.length, .cost = item.cost, .alone = RidesAlone(item)};
    if (late_here && !Bug(PlantedBug::kInfeasibleKept)) {
      if (++passed_over > kMaxPassedOver) break;
    } else if (!batch.Fits(candidate) || end > first_deadline) {
      if (!Bug(PlantedBug::kBatchOutOfOrder) || ++passed_over > kMaxPassedOver) break;
    } else {
      batch.Add(candidate);
      picked_.push_back(&item);
      first_deadline = std::min(first_deadline, call.deadline);
    }
    node = ring.Next(*node);
  }
  return !picked_.empty();
}

bool Scheduler::TrySecondAttempt(LaneChoice choice, bool only_last_moment,
                                 std::vector<SchedulerAction>& out) {
  if (late_.empty() || !options_.second_attempts) return false;
  if (!second_attempts_.Allows() && !Bug(PlantedBug::kSecondAttemptBudgetIgnored)) return false;
  for (const LateBatch& late : late_) {
    if (!PickSecondAttempt(choice, late, only_last_moment)) continue;
    ++counters_.second_attempts;
    second_attempts_.Spend();
    Send(choice, SendReason::kSecondAttempt, out);
    return true;
  }
  return false;
}

// Picks the items of a late batch that are nowhere else and would be done in time on this lane, as
// many as fit into one batch.
bool Scheduler::PickSecondAttempt(LaneChoice choice, const LateBatch& late, bool only_last_moment) {
  picked_.clear();
  const WorkerRecord* worker = workers_.Find(late.attachment);
  CHECK(worker != nullptr, "late batches of a closed worker are forgotten");
  const RunningBatch* running = worker->Find(late.batch);
  CHECK(running != nullptr, "late batches that are back are forgotten");
  const LaneRecord& lane = *choice;
  const microseconds round_trip = choice.worker->RoundTrip();
  const microseconds start = lane.FreeAt(now_) + round_trip;
  Batcher batch({.cost = budget_,
                 .tokens = choice.worker->max_batch_tokens,
                 .items = choice.worker->max_batch_items});
  microseconds first_deadline = kNever;
  for (const SentItem& sent : running->items) {
    Call* call = calls_.Find(sent.call);
    if (call == nullptr) continue;
    Item& item = call->items[sent.text_index];
    if (item.done || item.queued || item.Running() != 1) continue;
    if (item.attempt >= options_.max_attempts) continue;
    if (!poison_.empty() && poison_.Banned(now_, item.fingerprint)) continue;
    const BatchCandidate candidate = {
        .length = item.length, .cost = item.cost, .alone = RidesAlone(item)};
    const microseconds end = start + lane.speed.Predict(batch.cost() + item.cost);
    if (end > std::min(first_deadline, call->deadline) || !batch.Fits(candidate)) continue;
    batch.Add(candidate);
    first_deadline = std::min(first_deadline, call->deadline);
    picked_.push_back(&item);
  }
  if (picked_.empty()) return false;
  const microseconds time = lane.speed.Predict(batch.cost());
  const microseconds moment = LastMoment(first_deadline, time, round_trip);
  if (!only_last_moment || now_ >= moment) return true;
  next_last_moment_ = std::min(next_last_moment_, moment);
  return false;
}

void Scheduler::ProbeSlowLanes(std::vector<SchedulerAction>& out) {
  if (now_ < next_probe_look_ || Bug(PlantedBug::kProbeLeftOut)) return;
  next_probe_look_ = now_ + kProbeLook;
  for (const LaneChoice& choice : workers_.lanes()) {
    const LaneRecord& lane = *choice;
    const bool idle = choice.worker->live() && lane.batches.empty() && lane.credit.CanSend();
    if (idle && lane.LooksSlow() && lane.probe.Due(now_)) SendProbe(choice, out);
  }
}

// Sends what was picked.
void Scheduler::Send(LaneChoice choice, SendReason reason, std::vector<SchedulerAction>& out) {
  RunningBatch batch = NewBatch(reason);
  for (Item* picked : picked_) {
    Item& item = *picked;
    const Call& call = *item.call;
    if (item.queued) Dequeue(item);
    ++item.attempt;
    item.AddCopy({.attachment = choice.worker->attachment, .batch = batch.id});
    batch.cost += item.cost;
    batch.items.push_back({.id = call.first_item + item.index,
                           .call = call.id,
                           .text_index = item.index,
                           .attempt = item.attempt,
                           .remaining_us = (call.deadline - now_).count(),
                           .length = item.length});
  }
  counters_.items_sent += picked_.size();
  Post(choice, std::move(batch), out);
}

void Scheduler::SendProbe(LaneChoice choice, std::vector<SchedulerAction>& out) {
  RunningBatch batch = NewBatch(SendReason::kProbe);
  const std::uint32_t length = std::min(kProbeTokens, choice.worker->max_batch_tokens);
  batch.cost = CostOf(length, options_.attention_cost);
  batch.items.push_back({.id = next_item_++, .remaining_us = kProbeTime.count(), .length = length});
  ++counters_.probes;
  Post(choice, std::move(batch), out);
}

RunningBatch Scheduler::NewBatch(SendReason reason) {
  RunningBatch batch = {.id = next_batch_++, .reason = reason, .sent = now_};
  if (!spare_items_.empty()) {
    batch.items = std::move(spare_items_.back());
    spare_items_.pop_back();
  }
  return batch;
}

void Scheduler::Post(LaneChoice choice, RunningBatch batch, std::vector<SchedulerAction>& out) {
  LaneRecord& lane = *choice;
  lane.credit.Send();
  Expect(*choice.worker, lane, batch, lane.FreeAt(now_));
  ++counters_.batches_sent;
  lane.last_batch = batch.id;
  out.push_back(SendBatch{.attachment = choice.worker->attachment,
                          .batch = batch.id,
                          .lane = choice.lane,
                          .items = batch.items,
                          .reason = batch.reason,
                          .predicted = lane.speed.Predict(batch.cost)});
  lane.batches.push_back(std::move(batch));
  workers_.TouchWork();
}

void Scheduler::EmitRecalls(std::vector<SchedulerAction>& out) {
  std::sort(recalls_.begin(), recalls_.end());
  recalled_ids_.clear();
  for (const auto& [attachment, item] : recalls_) recalled_ids_.push_back(item);
  const std::span<const ItemId> ids = recalled_ids_;
  for (std::size_t first = 0; first < recalls_.size();) {
    const AttachmentId attachment = recalls_[first].first;
    std::size_t last = first;
    while (last < recalls_.size() && recalls_[last].first == attachment) ++last;
    if (workers_.Find(attachment) != nullptr) {
      out.push_back(CancelSentItems{attachment, ids.subspan(first, last - first)});
    }
    first = last;
  }
}

}  // namespace shoal
