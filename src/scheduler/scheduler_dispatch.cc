// The second half of a Step: what time alone decides, and who gets work.
#include "scheduler/scheduler.h"

#include <algorithm>

#include "base/check.h"
#include "scheduler/batcher.h"

namespace shoal {

namespace {

// Items infeasible on the lane at hand, left for a faster one, that a batch looks past.
constexpr int kMaxPassedOver = 64;

}  // namespace

void Scheduler::ExpireCalls() {
  while (!deadlines_.empty() && deadlines_.front().when <= now_) {
    Call* call = calls_.Find(deadlines_.front().call);
    CHECK(call != nullptr, "only open calls have a deadline");
    Finish(*call, {.verdict = Verdict::kDeadlineExceeded,
                   .why = "the deadline passed before all texts were computed"});
  }
}

void Scheduler::ExpireWaiting() {
  if (has_live_worker_) return;
  while (!waiting_.empty() &&
         std::max(waiting_.front().when, no_worker_since_) + options_.no_worker_grace <= now_) {
    Call* call = calls_.Find(waiting_.front().call);
    CHECK(call != nullptr, "only open calls wait");
    Finish(*call, {.verdict = Verdict::kNoWorkers,
                   .why = "no worker came in the time that a request waits for one",
                   .retry_after = std::chrono::milliseconds(1000)});
  }
}

void Scheduler::Dispatch(std::vector<SchedulerAction>& out) {
  while (!queue_.empty()) {
    const LaneChoice choice = workers_.NextLane(now_, budget_, step_);
    if (!choice) return;
    if (FillBatch(*choice, *choice.worker)) {
      Send(choice, out);
    } else {
      (*choice).passed_over = step_;
    }
  }
}

// Picks the items of the lane's next batch without moving them; false: nothing is for this lane. A
// call that not even the fastest lane would finish in time is answered, and the picking starts
// again, for its other items leave the queue with it.
bool Scheduler::FillBatch(LaneRecord& lane, const WorkerRecord& worker) {
  const BatchLimits limits = {
      .cost = budget_, .tokens = worker.max_batch_tokens, .items = worker.max_batch_items};
  Batcher batch(limits);
  picked_.clear();
  int passed_over = 0;
  for (auto place = queue_.begin(); place != queue_.end();) {
    Call* call = calls_.Find(place->call);
    CHECK(call != nullptr, "only open calls have queued items");
    const Item& item = call->items[place->text_index];
    if (now_ + lane.speed.Predict(now_, item.cost) > call->deadline) {
      if (now_ + workers_.FastestTime(now_, item.cost) > call->deadline) {
        Finish(*call, {.verdict = Verdict::kDeadlineExceeded,
                       .why = "no worker could compute it before the deadline any more"});
        batch = Batcher(limits);
        picked_.clear();
        passed_over = 0;
        place = queue_.begin();
        continue;
      }
      if (++passed_over > kMaxPassedOver) break;
      ++place;
      continue;
    }
    const BatchCandidate candidate = {
        .length = item.length, .cost = item.cost, .alone = item.alone};
    if (!batch.Fits(candidate)) break;
    batch.Add(candidate);
    picked_.push_back(*place);
    ++place;
  }
  return !picked_.empty();
}

void Scheduler::Send(LaneChoice choice, std::vector<SchedulerAction>& out) {
  LaneRecord& lane = *choice;
  lane.credit.Send();
  RunningBatch batch = {.id = next_batch_++, .sent = now_};
  if (!spare_items_.empty()) {
    batch.items = std::move(spare_items_.back());
    spare_items_.pop_back();
  }
  for (const QueueKey& key : picked_) {
    Call& call = *calls_.Find(key.call);
    Dequeue(call, key.text_index);
    Item& item = call.items[key.text_index];
    item.state = ItemState::kSent;
    item.attach = choice.worker->attach;
    item.batch = batch.id;
    ++item.attempt;
    batch.items.push_back({.id = call.first_item + key.text_index,
                           .call = call.id,
                           .text_index = key.text_index,
                           .attempt = item.attempt,
                           .remaining_us = (call.deadline - now_).count(),
                           .length = item.length});
  }
  ++counters_.batches_sent;
  counters_.items_sent += picked_.size();
  lane.last_batch = batch.id;
  out.push_back(SendBatch{choice.worker->attach, batch.id, choice.lane, batch.items});
  lane.batches.push_back(std::move(batch));
}

void Scheduler::EmitRecalls(std::vector<SchedulerAction>& out) {
  std::sort(recalls_.begin(), recalls_.end());
  recalled_ids_.clear();
  for (const auto& [attach, item] : recalls_) recalled_ids_.push_back(item);
  const std::span<const ItemId> ids = recalled_ids_;
  for (std::size_t first = 0; first < recalls_.size();) {
    const AttachId attach = recalls_[first].first;
    std::size_t last = first;
    while (last < recalls_.size() && recalls_[last].first == attach) ++last;
    if (workers_.Find(attach) != nullptr) {
      out.push_back(CancelSentItems{attach, ids.subspan(first, last - first)});
    }
    first = last;
  }
}

}  // namespace shoal
