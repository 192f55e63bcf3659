// A lane's batch on its way. Beyond the one that runs, a lane has one that is granted or staged:
//
//   granted ──OnBatch──► staged ──Begin──► running ──OnLaneFinished──► answered
//
// The next grant leaves while the lane still runs, a round trip and 0.5 ms before the predicted
// end, or with the answer if that comes first. Granting two batches from the start would keep the
// lane as busy; but then a batch would wait at this lane for as long as another one runs, where
// nobody can reorder it or give it to a faster lane.
#include "scheduler/worker_agent.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace shoal {

using std::chrono::microseconds;

namespace {

// A staged batch may wait this much longer than a round trip: predictions err, threads wake late.
constexpr microseconds kGrantMargin{500};

AnswerBatch Unrun(std::uint32_t lane, BatchId batch, std::size_t items, microseconds held) {
  return {.batch = batch,
          .lane = lane,
          .statuses = std::vector<ItemStatus>(items, ItemStatus::kNotRun),
          .held = held};
}

}  // namespace

WorkerAgent::WorkerAgent(WorkerAgentOptions options) : options_(options), lanes_(options.lanes) {
  CHECK(options.lanes > 0, "a worker has a lane");
}

void WorkerAgent::LinkUp(microseconds round_trip, std::uint32_t attention_cost) {
  attached_ = true;
  round_trip_ = round_trip;
  attention_cost_ = attention_cost;
  for (LaneState& lane : lanes_) lane.granted = lane.received = 0;
}

void WorkerAgent::LinkDown(std::vector<AgentAction>& out) {
  attached_ = false;
  for (LaneState& lane : lanes_) {
    if (lane.staged) out.push_back(DropBatch{.batch = lane.staged->id});
    lane.staged.reset();
    if (lane.running) lane.running->orphan = true;
    lane.granted = lane.received = 0;
  }
}

bool WorkerAgent::OnBatch(microseconds now, const Batch& batch) {
  CHECK(batch.lane < lanes_.size(), "the lane exists");
  LaneState& lane = lanes_[batch.lane];
  if (!attached_ || lane.received >= lane.granted || lane.staged) return false;
  ++lane.received;
  HeldBatch held{.id = batch.id, .received = now};
  held.items.reserve(batch.items.size());
  for (const BatchItem& item : batch.items) {
    held.items.push_back(
        {.id = item.id, .deadline = now + microseconds(item.remaining_us), .length = item.length});
  }
  lane.staged = std::move(held);
  return true;
}

void WorkerAgent::OnCancel(std::span<const ItemId> items) {
  for (LaneState& lane : lanes_) {
    if (!lane.staged) continue;  // what runs cannot be stopped
    for (Item& item : lane.staged->items) {
      if (std::find(items.begin(), items.end(), item.id) != items.end()) item.cancelled = true;
    }
  }
}

void WorkerAgent::OnLaneFinished(microseconds now, std::uint32_t lane_index, BatchId batch,
                                 microseconds execution, std::vector<AgentAction>& out) {
  LaneState& lane = lanes_.at(lane_index);
  CHECK(lane.running && lane.running->id == batch, "a lane finishes what it runs");
  const HeldBatch done = *std::exchange(lane.running, std::nullopt);
  if (done.orphan) {
    out.push_back(DropBatch{.batch = batch});
    return;
  }
  AnswerBatch answer{
      .batch = batch, .lane = lane_index, .held = now - done.received, .execution = execution};
  for (const Item& item : done.items) {
    answer.statuses.push_back(item.runs ? ItemStatus::kDone : ItemStatus::kNotRun);
  }
  // The grant for the next batch rides on this answer.
  if (MayGrant(now, lane)) ++lane.granted;
  out.push_back(std::move(answer));
}

void WorkerAgent::Step(microseconds now, std::vector<AgentAction>& out) {
  bool more_credit = false;
  for (std::uint32_t index = 0; index < lanes_.size(); ++index) {
    LaneState& lane = lanes_[index];
    if (!lane.running && lane.staged) Begin(now, index, out);
    if (MayGrant(now, lane)) {
      ++lane.granted;
      more_credit = true;
    }
  }
  if (more_credit) out.push_back(GrantCredit{.granted = granted()});
  const bool busy = std::any_of(lanes_.begin(), lanes_.end(), [](const LaneState& lane) {
    return lane.running.has_value() || lane.staged.has_value();
  });
  if (draining_ && !busy && !finished_) {
    finished_ = true;
    out.push_back(AgentFinished{});
  }
}

void WorkerAgent::Begin(microseconds now, std::uint32_t index, std::vector<AgentAction>& out) {
  LaneState& lane = lanes_[index];
  HeldBatch batch = *std::exchange(lane.staged, std::nullopt);
  RunBatch run{.lane = index, .batch = batch.id};
  Cost cost = 0;
  for (std::uint32_t position = 0; position < batch.items.size(); ++position) {
    Item& item = batch.items[position];
    item.runs = !draining_ && !item.cancelled && item.deadline > now;
    if (!item.runs) continue;
    run.positions.push_back(position);
    cost += CostOf(item.length, attention_cost_);
  }
  if (run.positions.empty()) {
    out.push_back(Unrun(index, batch.id, batch.items.size(), now - batch.received));
    return;
  }
  const double predicted =
      options_.alpha_us + options_.per_token_us * static_cast<double>(cost) / kCostPerToken;
  batch.started = now;
  batch.predicted_end = now + microseconds(static_cast<std::int64_t>(predicted));
  lane.running = std::move(batch);
  out.push_back(std::move(run));
}

bool WorkerAgent::MayGrant(microseconds now, const LaneState& lane) const {
  if (!attached_ || draining_ || lane.staged || lane.granted > lane.received) return false;
  if (!lane.running) return true;
  return !lane.running->orphan && now >= EarlyGrantAt(*lane.running);
}

microseconds WorkerAgent::EarlyGrantAt(const HeldBatch& running) const {
  return running.predicted_end - round_trip_ - kGrantMargin;
}

std::optional<microseconds> WorkerAgent::NextWakeUp() const {
  std::optional<microseconds> next;
  if (!attached_ || draining_) return next;
  for (const LaneState& lane : lanes_) {
    const bool waits =
        lane.running && !lane.running->orphan && !lane.staged && lane.granted == lane.received;
    if (!waits) continue;
    const microseconds at = EarlyGrantAt(*lane.running);
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

std::vector<std::uint64_t> WorkerAgent::granted() const {
  std::vector<std::uint64_t> granted;
  granted.reserve(lanes_.size());
  for (const LaneState& lane : lanes_) granted.push_back(lane.granted);
  return granted;
}

std::optional<microseconds> WorkerAgent::OldestStart() const {
  std::optional<microseconds> oldest;
  for (const LaneState& lane : lanes_) {
    if (lane.running && (!oldest || lane.running->started < *oldest))
      oldest = lane.running->started;
  }
  return oldest;
}

}  // namespace shoal
