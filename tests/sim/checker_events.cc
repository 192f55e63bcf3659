// What events must do to calls and workers.
#include <algorithm>
#include <utility>

#include "checker.h"

namespace shoal::sim {

int Checker::Text::Running() const { return static_cast<int>(copies.size()); }

bool Checker::Text::Drop(BatchId batch) {
  return std::erase_if(copies, [batch](const Copy& copy) { return copy.batch == batch; }) > 0;
}

void Checker::Take(const CallOffered& event) {
  Call& call = calls_[event.call];
  const FinishCall* finish = call.finish;
  call.id = event.call;
  call.record = &clients_.At(event.call);
  call.deadline = event.deadline;
  call.arrived = now_;
  const bool urgent =
      event.priority == Priority::kHigh || event.deadline - now_ <= microseconds(5'000'000);
  call.kind = urgent ? QueueKind::kUrgent : QueueKind::kPatient;
  if (event.priority == Priority::kBulk) call.kind = QueueKind::kBulk;
  call.open = event.lengths.size();
  call.texts.resize(event.lengths.size());
  Cost cost = 0;
  for (std::size_t i = 0; i < call.texts.size(); ++i) {
    call.texts[i].cost = CostOf(event.lengths[i], scenario_.options.attention_cost);
    cost += call.texts[i].cost;
  }
  windows_.OnArrived(now_, call.id, cost);
  const bool refused =
      finish != nullptr && !finish->admitted && finish->verdict != Verdict::kCancelled;
  if (refused && finish->verdict == Verdict::kPoisonInput &&
      std::none_of(call.record->texts.begin(), call.record->texts.end(),
                   [this](std::int32_t text) { return BlameOf(text) >= 3; })) {
    return Fail(11, "call " + std::to_string(call.id) + " is refused as poison and has no ban");
  }
  if (refused && live_) {
    const bool judged =
        finish->verdict != Verdict::kDraining && finish->verdict != Verdict::kPoisonInput;
    if (judged) SeeClient(call);
    call.ended = true;
    ended_now_.push_back(call.id);
    return;
  }
  if (draining_ && !refused) return Fail(12, "a newcomer was let in by a coordinator that drains");
  const bool turned_away =
      refused &&
      (finish->verdict == Verdict::kDraining || finish->verdict == Verdict::kPoisonInput ||
       finish->verdict == Verdict::kNoWorkers || finish->verdict == Verdict::kOverloaded);
  if (turned_away) {
    call.ended = true;
    ended_now_.push_back(call.id);
    return;
  }
  ++open_calls_;
  deadlines_.insert({call.deadline, call.id});
  if (live_) return Accept(call);
  call.waiting = true;
  waiting_.insert(call.id);
  waiting_items_ += call.texts.size();
}

void Checker::Accept(Call& call) {
  if (std::exchange(call.waiting, false)) {
    waiting_.erase(call.id);
    waiting_items_ -= call.texts.size();
  }
  call.admitted = true;
  QueueMirror& queue = QueueOf(call);
  if (call.kind == QueueKind::kPatient && queue.empty()) {
    windows_.OnPatientBegins(queues_[0].cost());
  }
  microseconds key = call.deadline;
  if (call.record->priority == Priority::kHigh) key = call.arrived;
  const std::int64_t bucket = queue.BucketOf(key);
  for (Text& text : call.texts) text.bucket = bucket;
  call.head_start = HasHeadStart(call);
  SeeClient(call);
  if (pool_before_) CheckShare(call);
  if (pool_before_ && call.kind == QueueKind::kUrgent) CheckWait(call);
  for (std::uint32_t i = 0; i < call.texts.size(); ++i) {
    Text& text = call.texts[i];
    text.queued = true;
    text.place = queue.PushBack(bucket, {call.id, i}, text.cost);
    ClientOf(call).queued[static_cast<std::size_t>(call.kind)] += text.cost;
  }
  if (scheduler_->queued_items() > scenario_.options.max_queued_items * 2 + 2048) {
    Fail(6, "the queue is far beyond its limit");
  }
}

void Checker::JudgeWaiting() {
  const std::set<CallId> waiting = waiting_;
  for (const CallId id : waiting) {
    Call& call = calls_.at(id);
    if (call.finish != nullptr && !call.finish->admitted) {
      SeeClient(call);
      End(call);
    } else {
      Accept(call);
    }
  }
}

void Checker::NoteLive() {
  const bool had = std::exchange(live_, pool_->HasLive());
  if (!had && live_) JudgeWaiting();
}

void Checker::Take(const CallWithdrawn& event) {
  Call* call = Find(event.call);
  if (call == nullptr) return;
  if (call->finish == nullptr) {
    return Fail(1, "call " + std::to_string(event.call) + " was cancelled and is not answered");
  }
  End(*call);
}

void Checker::Take(const WorkerOpened& event) {
  const auto place = closed_.find(std::string(event.worker_id));
  if (place != closed_.end()) {
    const Closed closed = std::move(place->second);
    closed_.erase(place);
    if (closed.incarnation == event.incarnation) {
      for (const TextRef& ref : closed.texts) {
        Call* call = Find(ref.call);
        if (call == nullptr) continue;
        Text& text = call->texts[ref.index];
        if (text.queued && text.attempt > 0) --text.attempt;
      }
    } else {
      ++crashes_;
      for (const std::int32_t text : closed.executing) Blame(text);
    }
  }
  MirrorPeer peer{.attachment = event.attachment,
                  .worker_id = std::string(event.worker_id),
                  .incarnation = event.incarnation,
                  .max_batch_tokens = event.max_batch_tokens,
                  .max_batch_items = event.max_batch_items,
                  .drained = drained_.contains(std::string(event.worker_id)),
                  .heard = pool_->failure_time()};
  peer.lanes.resize(event.lanes, {.alpha_us = event.alpha_us, .per_token_us = event.per_token_us});
  pool_->peers().emplace(event.attachment, std::move(peer));
  NoteLive();
}

void Checker::Take(const WorkerHeard& event) {
  if (MirrorPeer* peer = pool_->Find(event.attachment)) peer->heard = pool_->failure_time();
}

void Checker::Take(const CreditGranted& event) {
  MirrorPeer* peer = pool_->Find(event.attachment);
  if (peer == nullptr) return;
  peer->heard = pool_->failure_time();
  if (event.granted.size() != peer->lanes.size()) return ClosePeer(event.attachment);
  // What the worker said on this very attachment, whatever the event says.
  const std::vector<std::uint64_t>& granted = grants_[event.attachment];
  for (std::size_t i = 0; i < granted.size() && i < peer->lanes.size(); ++i) {
    peer->lanes[i].granted = granted[i];
  }
}

void Checker::Take(const BatchFinished& event) {
  MirrorPeer* peer = pool_->Find(event.attachment);
  if (peer == nullptr) return;
  peer->heard = pool_->failure_time();
  MirrorLane& lane = peer->lanes.at(event.lane);
  const auto place = std::find_if(lane.batches.begin(), lane.batches.end(),
                                  [&](const MirrorBatch& b) { return b.id == event.batch; });
  if (place == lane.batches.end()) return;
  const MirrorBatch batch = std::move(*place);
  lane.batches.erase(place);
  if (!lane.batches.empty()) pool_->Expect(*peer, lane, lane.batches.front(), now_, now_);
  peer->round_trip_32 += std::max<std::int64_t>(0, (now_ - batch.sent - event.held).count()) -
                         peer->round_trip_32 / 32;
  const bool probe = batch.reason == SendReason::kProbe;
  Cost executed = probe && event.statuses[0] != ItemStatus::kNotRun ? batch.cost : 0;
  const bool failed = std::count(event.statuses.begin(), event.statuses.end(), ItemStatus::kFailed);
  std::uint32_t vector_index = 0;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const ItemStatus status = event.statuses[i];
    if (status != ItemStatus::kNotRun) {
      executed += CostOf(clients_.At(batch.texts[i].call).lengths[batch.texts[i].index],
                         scenario_.options.attention_cost);
    }
    if (status == ItemStatus::kDone) TakeDone(batch, event, i, vector_index++);
  }
  for (std::size_t i = batch.texts.size(); i-- > 0;) {
    if (event.statuses[i] == ItemStatus::kDone) continue;
    TakeBack(batch.texts[i], batch.id, event.statuses[i] == ItemStatus::kFailed);
  }
  if (executed > 0) {
    const double fresh =
        lane.alpha_us + lane.per_token_us * (static_cast<double>(executed) / kCostPerToken);
    const double measured = std::max(0.0, static_cast<double>(event.execution.count()));
    const double sample = std::min(measured / fresh, 8.0);
    lane.ratio += (sample - lane.ratio) / (probe && sample < lane.ratio ? 8 : 32);
    second_attempts_ = std::min(4 + pool_->lanes() / 4.0, second_attempts_ + 0.03);
  }
  peer->failed_in_row = failed ? peer->failed_in_row + 1 : 0;
  if (peer->failed_in_row < 3) return;
  const auto close = std::find_if(closes_.begin(), closes_.end(), [&](const CloseWorker* one) {
    return one->attachment == event.attachment;
  });
  if (close != closes_.end()) return CheckClose(**close);
  peer->failed_in_row = 0;
}

void Checker::TakeDone(const MirrorBatch& batch, const BatchFinished& event, std::size_t position,
                       std::uint32_t vector_index) {
  const TextRef& ref = batch.texts[position];
  Call* call = Find(ref.call);
  if (call == nullptr || call->texts[ref.index].done) return;
  Text& text = call->texts[ref.index];
  if (text.queued) Dequeue(*call, ref.index);
  text.copies.clear();
  text.done = true;
  blame_.erase(call->record->texts[ref.index]);
  dones_.push_back({.call = ref.call,
                    .text_index = ref.index,
                    .batch = event.batch,
                    .position = static_cast<std::uint32_t>(position),
                    .vector_index = vector_index});
  if (--call->open == 0) End(*call);
}

// An item comes back without a vector.
void Checker::TakeBack(TextRef ref, BatchId batch, bool blame) {
  Call* call = Find(ref.call);
  if (call == nullptr) return;
  Text& text = call->texts[ref.index];
  if (!text.Drop(batch) || text.done) return;
  if (blame) {
    text.alone = true;
  } else {
    --text.attempt;
  }
  if (text.queued || text.Running() > 0) return;
  if (text.attempt < scenario_.options.max_attempts) return Requeue(*call, ref.index);
  if (call->finish == nullptr) {
    return Fail(7, "call " + std::to_string(call->id) + " goes on after its last attempt");
  }
  const std::int32_t number = call->record->texts[ref.index];
  if (call->finish->verdict == Verdict::kPoisonInput && BlameOf(number) < 2) {
    return Fail(11, "text " + std::to_string(number) + " is called poison and has blame " +
                        std::to_string(BlameOf(number)));
  }
  End(*call);
}

void Checker::Take(const WorkerClosed& event) { ClosePeer(event.attachment); }

void Checker::Take(const WorkerDraining& event) {
  MirrorPeer* peer = pool_->Find(event.attachment);
  if (peer == nullptr) return;
  peer->heard = pool_->failure_time();
  peer->draining = true;
  NoteLive();
}

void Checker::Take(const OperatorDrain& event) {
  drained_.emplace(event.worker_id);
  for (auto& [attachment, peer] : pool_->peers()) {
    if (peer.worker_id == event.worker_id) peer.drained = true;
  }
  NoteLive();
}

void Checker::Take(const OperatorResume& event) {
  drained_.erase(std::string(event.worker_id));
  for (auto& [attachment, peer] : pool_->peers()) {
    if (peer.worker_id == event.worker_id) peer.drained = false;
  }
  NoteLive();
}

void Checker::Take(const BeginDrain&) { draining_ = true; }

void Checker::ClosePeer(AttachmentId attachment) {
  MirrorPeer* found = pool_->Find(attachment);
  if (found == nullptr) return;
  Remember(*found);
  const MirrorPeer peer = std::move(*found);
  pool_->peers().erase(attachment);
  for (auto lane = peer.lanes.rbegin(); lane != peer.lanes.rend(); ++lane) {
    for (auto batch = lane->batches.rbegin(); batch != lane->batches.rend(); ++batch) {
      for (auto text = batch->texts.rbegin(); text != batch->texts.rend(); ++text) {
        TakeBack(*text, batch->id, true);
      }
    }
  }
  NoteLive();
}

// The first batch of each lane was executing; the second too, if the first should have been back.
void Checker::Remember(const MirrorPeer& peer) {
  Closed closed{.incarnation = peer.incarnation};
  for (const MirrorLane& lane : peer.lanes) {
    for (std::size_t i = 0; i < lane.batches.size(); ++i) {
      const bool executing = i == 0 || lane.batches.front().expected_end <= now_;
      for (const TextRef& ref : lane.batches[i].texts) {
        Call* call = Find(ref.call);
        if (call == nullptr) continue;
        const Text& text = call->texts[ref.index];
        const bool counts = std::any_of(text.copies.begin(), text.copies.end(), [&](const Copy& c) {
          return c.batch == lane.batches[i].id;
        });
        if (counts) closed.texts.push_back(ref);
        if (executing && scenario_.fingerprints) {
          closed.executing.insert(call->record->texts[ref.index]);
        }
      }
    }
  }
  if (closed.texts.empty() && closed.executing.empty()) return;
  closed_.insert_or_assign(peer.worker_id, std::move(closed));
}

}  // namespace shoal::sim
