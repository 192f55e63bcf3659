// What may be sent, where and in which order.
#include <algorithm>
#include <string>
#include <utility>

#include "checker.h"

namespace shoal::sim {

namespace {

constexpr microseconds kRounding{3};
// The scheduler looks past so many texts that a lane cannot do in time.
constexpr int kMaxPassedOver = 64;

}  // namespace

void Checker::CheckSend(const SendBatch& send) {
  MirrorPeer* peer = pool_->Find(send.attachment);
  const std::string batch = "batch " + std::to_string(send.batch);
  if (peer == nullptr) return Fail(13, batch + " goes to an attachment that is closed");
  if (!peer->live()) return Fail(12, batch + " goes to a worker that drains");
  if (send.lane >= peer->lanes.size()) return Fail(5, batch + " goes to a lane that is not there");
  MirrorLane& lane = peer->lanes[send.lane];
  if (++lane.sent > lane.granted) return Fail(5, batch + " goes beyond what was granted");
  if (lane.batches.size() >= 2) return Fail(5, batch + " is the third at its lane");
  if (send.items.empty()) return Fail(1, batch + " is empty");
  MirrorBatch mirror{.id = send.batch, .reason = send.reason, .sent = now_};
  if (send.reason == SendReason::kProbe) return CheckProbe(send, *peer, lane, std::move(mirror));
  if (lane.far_apart) return Fail(9, batch + " goes to a lane that is far too slow");
  microseconds first_deadline = microseconds::max();
  QueueKind kind = QueueKind::kUrgent;
  std::optional<PlaceKey> last;
  const Waiting waiting = {!queues_[0].empty(), !queues_[1].empty(), !queues_[2].empty()};
  for (const SentItem& item : send.items) {
    const auto found = calls_.find(item.call);
    if (found == calls_.end() || found->second.record == nullptr) {
      return Fail(1, batch + " holds a text of a call that is over");
    }
    Call& call = found->second;
    Text& text = call.texts.at(item.text_index);
    kind = call.kind;
    first_deadline = std::min(first_deadline, call.deadline);
    mirror.cost += text.cost;
    mirror.texts.push_back({item.call, item.text_index});
    if (text.queued && (!last || !text.place.Before(*last))) last = text.place;
    CheckQueueItem(send, call, text);
    if (text.id == 0) text.id = item.id;
    if (text.id != item.id) return Fail(7, batch + " calls a text by another id than before");
    if (item.attempt != text.attempt) {
      return Fail(7, batch + " counts attempt " + std::to_string(item.attempt) + ", not " +
                         std::to_string(text.attempt));
    }
    if (item.remaining_us != (call.deadline - now_).count() || item.remaining_us <= 0) {
      return Fail(9, batch + " holds a text whose deadline is over or wrong");
    }
    if (failures_.any()) return;
  }
  CheckLimits(send, *peer, mirror.cost);
  if (send.reason == SendReason::kQueue) {
    if (last) CheckOrder(send, *peer, lane, kind, *last, mirror.cost);
    CheckFeasible(send, *peer, lane, mirror.cost, first_deadline);
    windows_.OnDispatch(now_, kind, mirror.cost, waiting, UrgentFits(*peer, lane));
  }
  if (send.reason == SendReason::kSecondAttempt) {
    CheckFeasible(send, *peer, lane, mirror.cost, first_deadline);
    CheckSecondAttempt(send, *peer, lane, mirror.cost, first_deadline);
  }
  pool_->Expect(*peer, lane, mirror, now_, lane.FreeAt(now_));
  lane.batches.push_back(std::move(mirror));
}

void Checker::CheckProbe(const SendBatch& send, const MirrorPeer& peer, MirrorLane& lane,
                         MirrorBatch mirror) {
  const std::string batch = "probe " + std::to_string(send.batch);
  if (send.items.size() != 1 || send.items.front().call != kNoCall) {
    return Fail(21, batch + " holds a text that somebody waits for");
  }
  if (!lane.batches.empty()) return Fail(21, batch + " goes to a busy lane");
  if (!lane.LooksSlow()) return Fail(21, batch + " goes to a lane that is as fast as it was");
  mirror.cost = CostOf(send.items.front().length, scenario_.options.attention_cost);
  pool_->Expect(peer, lane, mirror, now_, now_);
  lane.batches.push_back(std::move(mirror));
}

// Steps that are far apart, of a coordinator that was paused, prove nothing.
void Checker::CheckProbed() {
  constexpr microseconds kLongest{1'100'000};
  constexpr microseconds kPause{50'000};
  const bool paused = now_ - std::exchange(looked_, now_) > kPause;
  for (auto& [attachment, peer] : pool_->peers()) {
    for (MirrorLane& lane : peer.lanes) {
      const bool unproven =
          peer.live() && lane.batches.empty() && lane.sent < lane.granted && lane.LooksSlow();
      if (!unproven || paused || lane.unproven_since < microseconds(0)) {
        lane.unproven_since = unproven ? now_ : microseconds(-1);
      } else if (now_ - lane.unproven_since > kLongest) {
        return Fail(21,
                    "a lane of attachment " + std::to_string(attachment) + " was left unproven");
      }
    }
  }
}

// May this text be sent for this reason? Then it is.
void Checker::CheckQueueItem(const SendBatch& send, Call& call, Text& text) {
  const std::string what = "a text of call " + std::to_string(call.id);
  const auto index = static_cast<std::uint32_t>(&text - call.texts.data());
  if (text.done) return Fail(7, what + " is sent though it is done");
  if (scenario_.fingerprints && BlameOf(call.record->texts[index]) >= 3) {
    return Fail(11, what + " is sent though it is banned");
  }
  // Given up while work was given out, after this batch was picked.
  const bool ends_now = call.ended && call.finish != nullptr &&
                        (call.finish->verdict == Verdict::kDeadlineExceeded ||
                         call.finish->verdict == Verdict::kPoisonInput);
  if (call.ended && !ends_now) return Fail(1, what + " is sent though the call is over");
  switch (send.reason) {
    case SendReason::kQueue:
      if (!text.queued && !ends_now) return Fail(7, what + " is sent though it does not wait");
      if (text.Running() > 0) return Fail(7, what + " is at a worker already");
      windows_.OnText(now_, call.record->client, text.cost);
      break;
    case SendReason::kSecondAttempt:
      if (text.queued || text.Running() != 1) {
        return Fail(7, what + " gets a second attempt with " + std::to_string(text.Running()) +
                           " under way");
      }
      break;
    case SendReason::kProbe:
      break;
  }
  if (text.queued) Dequeue(call, index);
  ++text.attempt;
  if (!call.ended) text.copies.push_back({send.attachment, send.batch});
  if (text.attempt > scenario_.options.max_attempts) {
    Fail(7, what + " is tried for the " + std::to_string(text.attempt) + "th time");
  }
}

void Checker::CheckLimits(const SendBatch& send, const MirrorPeer& peer, Cost cost) {
  if (send.items.size() == 1) return;
  const Cost budget = kCostPerToken * scenario_.options.batch_tokens;
  std::uint64_t tokens = 0;
  for (const SentItem& item : send.items) {
    tokens += item.length;
    if (calls_.at(item.call).texts[item.text_index].alone &&
        send.reason != SendReason::kSecondAttempt) {
      return Fail(7, "a text that failed before shares a batch");
    }
  }
  if (send.items.size() > peer.max_batch_items || tokens > peer.max_batch_tokens || cost > budget) {
    Fail(9, "batch " + std::to_string(send.batch) + " is larger than may be");
  }
}

// Whoever still waits and stands before the last one of the batch must be infeasible on this lane.
void Checker::CheckOrder(const SendBatch& send, const MirrorPeer& peer, const MirrorLane& lane,
                         QueueKind kind, const PlaceKey& last, Cost cost) {
  for (const auto& [place, ref] : queues_[static_cast<std::size_t>(kind)].texts()) {
    if (!place.Before(last)) {
      if (last < place) return;
      continue;
    }
    const Call& call = calls_.at(ref.call);
    const Text& text = call.texts[ref.index];
    if (TooLate(peer, lane, cost + text.cost, call.deadline)) continue;
    return Fail(9, "batch " + std::to_string(send.batch) + " passes over a text of call " +
                       std::to_string(call.id) + ", which has time enough");
  }
}

// Would a batch of this cost from a queue be too late on this lane?
bool Checker::TooLate(const MirrorPeer& peer, const MirrorLane& lane, Cost cost,
                      microseconds deadline) const {
  const microseconds start = lane.FreeAt(now_) + peer.round_trip();
  const int reserve = lane.apart ? 2 : 1;
  return start + reserve * lane.Predict(cost) + kRounding > deadline;
}

// Does urgent work still wait that would be in time on this lane? What would not is left for
// another lane, and patient work takes this one, its turn or not.
bool Checker::UrgentFits(const MirrorPeer& peer, const MirrorLane& lane) const {
  int passed_over = 0;
  for (const auto& [place, ref] : queues_[0].texts()) {
    const Call& call = calls_.at(ref.call);
    if (!TooLate(peer, lane, call.texts[ref.index].cost, call.deadline)) return true;
    if (++passed_over > kMaxPassedOver) return false;
  }
  return false;
}

void Checker::CheckFeasible(const SendBatch& send, const MirrorPeer& peer, const MirrorLane& lane,
                            Cost cost, microseconds first_deadline) {
  const int reserve = lane.apart && send.reason == SendReason::kQueue ? 2 : 1;
  const microseconds end = lane.FreeAt(now_) + peer.round_trip() + reserve * lane.Predict(cost);
  if (end <= first_deadline + kRounding) return;
  Fail(9, "batch " + std::to_string(send.batch) + " holds a text that comes " +
              std::to_string((end - first_deadline).count()) + " us too late");
}

void Checker::CheckSecondAttempt(const SendBatch& send, const MirrorPeer& peer,
                                 const MirrorLane& lane, Cost cost, microseconds first_deadline) {
  const std::string batch = "second attempt " + std::to_string(send.batch);
  second_attempts_ -= 1;
  if (second_attempts_ < -1e-6) return Fail(8, batch + " is beyond the budget");
  const bool work_waits = !queues_[0].empty() || !queues_[1].empty();
  const microseconds moment = first_deadline - 2 * lane.Predict(cost) - peer.round_trip();
  if (now_ + kRounding >= moment) return;
  if (work_waits) return Fail(8, batch + " goes before work that waits, and could have waited");
  if (!lane.batches.empty()) Fail(8, batch + " goes to a busy lane, and could have waited");
}

// A call that ends before its deadline must be beyond the fastest lane, not only beyond one.
void Checker::CheckHopeless(const Call& call) {
  if (call.finish->verdict != Verdict::kDeadlineExceeded || call.deadline <= now_) return;
  const MirrorLane* fastest = pool_->fastest();
  if (fastest == nullptr) return Fail(9, "a call is called hopeless while no lane is there");
  for (const Text& text : call.texts) {
    if (text.done || !text.queued) continue;
    const microseconds end = now_ + pool_->LongestRoundTrip() + fastest->Predict(text.cost);
    if (end + kRounding > call.deadline) return;
  }
  Fail(9, "call " + std::to_string(call.id) + " is given up, and the fastest lane could do it");
}

}  // namespace shoal::sim
