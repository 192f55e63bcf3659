#include "table_baseline.h"

#include <algorithm>

#include "base/check.h"

namespace shoal::table {

namespace {

constexpr microseconds kAgeOfViews{50'000};

std::size_t MostTexts(PolicyKind kind) {
  if (kind == PolicyKind::kShortFifo) return 256;
  return kind == PolicyKind::kLongFifo ? 4096 : 0;
}

}  // namespace

Baseline::Baseline(PolicyKind kind, const Pool& pool, std::uint64_t seed)
    : kind_(kind),
      batch_cost_(pool.batch_cost()),
      attention_cost_(pool.attention_cost),
      most_texts_(MostTexts(kind)),
      rng_(seed) {}

void Baseline::Step(microseconds now, std::span<const SchedulerEvent> events,
                    std::vector<SchedulerAction>& out) {
  now_ = now;
  out.clear();
  finishes_.clear();
  for (const SchedulerEvent& event : events) {
    std::visit([this](const auto& e) { Handle(e); }, event);
  }
  Expire();
  Dispatch(out);
  out.insert(out.end(), finishes_.begin(), finishes_.end());
}

std::optional<microseconds> Baseline::NextWakeUp() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Baseline::Handle(const CallOffered& event) {
  if (pulled() && queued_texts_ + event.lengths.size() > most_texts_) {
    finishes_.push_back({.call = event.call, .verdict = Verdict::kOverloaded});
    return;
  }
  calls_[event.call] = {.deadline = event.deadline, .open = event.lengths.size()};
  deadlines_.emplace(event.deadline, event.call);
  queued_texts_ += event.lengths.size();
  std::size_t chosen = Choose();
  Cost piece = 0;  // of this call, given to `chosen`
  for (std::uint32_t i = 0; i < event.lengths.size(); ++i) {
    const Cost cost = CostOf(event.lengths[i], attention_cost_);
    if (piece > 0 && piece + cost > batch_cost_) {
      chosen = Choose();
      piece = 0;
    }
    piece += cost;
    queues_[chosen].push_back({event.call, i, event.lengths[i], cost});
    if (!pulled()) AddLoad(lanes_[chosen], cost);
  }
}

void Baseline::Handle(const WorkerOpened& event) {
  for (std::uint32_t lane = 0; lane < event.lanes; ++lane) {
    lanes_.push_back({.attachment = event.attachment, .lane = lane});
  }
  queues_.resize(pulled() ? 1 : lanes_.size());
}

void Baseline::Handle(const CreditGranted& event) {
  for (std::uint32_t lane = 0; lane < event.granted.size(); ++lane) {
    if (Lane* found = Find(event.attachment, lane)) found->granted = event.granted[lane];
  }
}

void Baseline::Handle(const BatchFinished& event) {
  const auto batch = batches_.find(event.batch);
  CHECK(batch != batches_.end(), "a worker answers what it was sent");
  Lane* lane = Find(event.attachment, event.lane);
  for (std::size_t i = 0; i < event.statuses.size(); ++i) {
    const SentItem& item = batch->second[i];
    if (!pulled()) AddLoad(*lane, -CostOf(item.length, attention_cost_));
    const auto call = calls_.find(item.call);
    if (event.statuses[i] != ItemStatus::kDone || call == calls_.end()) continue;
    if (--call->second.open == 0) Finish(item.call, Verdict::kOk);
  }
  batches_.erase(batch);
}

std::size_t Baseline::Choose() {
  CHECK(!lanes_.empty(), "workers come before requests");
  const std::size_t lanes = lanes_.size();
  switch (kind_) {
    case PolicyKind::kRoundRobin:
      return turn_++ % lanes;
    case PolicyKind::kLeastLoaded: {
      // Equal ones in turn, or an idle pool would send everything to its first lane.
      std::size_t best = turn_++ % lanes;
      for (std::size_t i = 0; i < lanes; ++i) {
        if (lanes_[i].load < lanes_[best].load) best = i;
      }
      return best;
    }
    case PolicyKind::kTwoChoices: {
      const std::size_t a = rng_.Below(lanes);
      const std::size_t b = lanes > 1 ? (a + 1 + rng_.Below(lanes - 1)) % lanes : a;
      return LoadSeen(lanes_[a]) <= LoadSeen(lanes_[b]) ? a : b;
    }
    default:
      return 0;
  }
}

void Baseline::AddLoad(Lane& lane, Cost change) {
  lane.load += change;
  if (kind_ == PolicyKind::kTwoChoices) lane.history.emplace_back(now_, lane.load);
}

Cost Baseline::LoadSeen(Lane& lane) {
  while (lane.history.size() > 1 && lane.history[1].first <= now_ - kAgeOfViews) {
    lane.history.pop_front();
  }
  if (lane.history.empty() || lane.history.front().first > now_ - kAgeOfViews) return 0;
  return lane.history.front().second;
}

void Baseline::Finish(CallId call, Verdict verdict) {
  const auto found = calls_.find(call);
  deadlines_.erase({found->second.deadline, call});
  calls_.erase(found);
  finishes_.push_back({.call = call, .verdict = verdict, .admitted = true});
}

void Baseline::Expire() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    Finish(deadlines_.begin()->second, Verdict::kDeadlineExceeded);
  }
}

void Baseline::Dispatch(std::vector<SchedulerAction>& out) {
  const std::size_t lanes = lanes_.size();
  const std::size_t first = pulled() && lanes > 0 ? turn_++ % lanes : 0;
  for (std::size_t i = 0; i < lanes; ++i) {
    Lane& lane = lanes_[(first + i) % lanes];
    std::deque<Text>& queue = queues_[pulled() ? 0 : (first + i) % lanes];
    while (lane.granted > lane.sent) {
      std::vector<SentItem> items = Fill(queue, lane);
      if (items.empty()) break;
      ++lane.sent;
      const BatchId id = next_batch_++;
      const auto& kept = batches_[id] = std::move(items);
      out.push_back(
          SendBatch{.attachment = lane.attachment, .batch = id, .lane = lane.lane, .items = kept});
    }
  }
}

std::vector<SentItem> Baseline::Fill(std::deque<Text>& queue, Lane& lane) {
  std::vector<SentItem> items;
  Cost total = 0;
  while (!queue.empty()) {
    const Text& text = queue.front();
    const auto call = calls_.find(text.call);
    if (call == calls_.end()) {  // expired
      if (!pulled()) AddLoad(lane, -text.cost);
    } else {
      if (!items.empty() && total + text.cost > batch_cost_) break;
      total += text.cost;
      items.push_back({.id = next_item_++,
                       .call = text.call,
                       .text_index = text.index,
                       .remaining_us = (call->second.deadline - now_).count(),
                       .length = text.length});
    }
    --queued_texts_;
    queue.pop_front();
  }
  return items;
}

Baseline::Lane* Baseline::Find(AttachmentId attachment, std::uint32_t lane) {
  for (Lane& candidate : lanes_) {
    if (candidate.attachment == attachment && candidate.lane == lane) return &candidate;
  }
  return nullptr;
}

}  // namespace shoal::table
