// What a call that was let in may count on.
#include <algorithm>
#include <string>

#include "checker.h"

namespace shoal::sim {

namespace {

constexpr microseconds kSeenFor{1'000'000};
// The client table forgets to the microsecond; so close to it either answer is right.
constexpr microseconds kClose{1'000};

}  // namespace

// While a lane is idle, work that was sent before counts as none; a call of more than a batch is
// let in as if it could start at once with all of it.
bool Checker::HasHeadStart(const Call& call) {
  if (!windows_.PromisesHold()) return false;
  Cost cost = 0;
  for (const Text& text : call.texts) cost += text.cost;
  if (cost <= kCostPerToken * scenario_.options.batch_tokens) return false;
  pool_->Classify();
  for (const auto& [attachment, peer] : pool_->peers()) {
    for (const MirrorLane& lane : peer.lanes) {
      if (lane.counts && lane.batches.empty() && lane.sent < lane.granted) return true;
    }
  }
  return false;
}

void Checker::SeeClient(const Call& call) {
  ClientOf(call).asked[static_cast<std::size_t>(call.kind)] = now_;
}

// Nobody has more of a queue than his share while others ask for it, but for one request.
void Checker::CheckShare(const Call& call) {
  if (call.kind == QueueKind::kBulk) return;
  const auto kind = static_cast<std::size_t>(call.kind);
  const Cost queued = ClientOf(call).queued[kind];
  if (queued == 0) return;  // one request is always allowed
  int clients = 0;
  for (const auto& [id, client] : clients_seen_) {
    if (!client.asked[kind]) continue;
    const microseconds ago = now_ - *client.asked[kind];
    if (ago > kSeenFor - kClose && ago < kSeenFor + kClose) return;
    clients += ago < kSeenFor;
  }
  if (clients < 2) return;
  Cost cost = 0;
  for (const Text& text : call.texts) cost += text.cost;
  const bool urgent = call.kind == QueueKind::kUrgent;
  double speed = pool_before_->speed * (queues_[2].empty() ? 1 : 19.0 / 20);
  if (!urgent) speed /= 4;
  if (urgent && !queues_[1].empty()) speed *= 0.75;
  const microseconds horizon = urgent ? microseconds(1'000'000) : microseconds(240'000'000);
  const auto time = static_cast<double>(std::min(call.deadline - now_, horizon).count());
  const double least =
      static_cast<double>(pool_before_->lanes) * kCostPerToken * scenario_.options.batch_tokens;
  const double most = std::max(least, speed * time / clients);
  if (static_cast<double>(queued + cost) <= most * 1.000001 + 2) return;
  Fail(15, "client " + std::to_string(call.record->client) + " has a cost of " +
               std::to_string(queued + cost) + " queued, and its share is " +
               std::to_string(static_cast<Cost>(most)));
}

// An urgent call was let in: what it was promised, worked out from the pool before the Step.
void Checker::CheckWait(const Call& call) {
  const bool bulk_waits = !queues_[2].empty();
  double speed = pool_before_->speed * (bulk_waits ? 19.0 / 20 : 1);
  if (!queues_[1].empty()) speed *= 0.75;
  const Cost ahead = queues_[0].CostThrough(call.texts.front().bucket);
  const double wait =
      static_cast<double>(pool_before_->running.count()) + static_cast<double>(ahead) / speed;
  const double most = std::max(1e6, 4 * static_cast<double>(pool_before_->BatchTime(0).count()));
  if (wait <= most + 2) return;
  Fail(6, "call " + std::to_string(call.id) + " was let in to wait " +
              std::to_string(static_cast<std::int64_t>(wait)) + " us, more than " +
              std::to_string(static_cast<std::int64_t>(most)));
}

}  // namespace shoal::sim
