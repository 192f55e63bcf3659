// A naive model of callers and workers drives the scheduler with random events and checks after
// every Step what must hold whatever happens.
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "base/rng.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr SchedulerOptions kOptions = {.batch_tokens = 128,
                                       .attention_cost = 599,
                                       .max_queued_items = 120,
                                       .max_queued_bytes = 2000,
                                       .no_worker_grace = 50ms,
                                       .max_waiting_without_worker = 8};

struct ModelCall {
  microseconds deadline{0};
  std::vector<bool> done;
  bool cancelled = false;
};

struct ModelBatch {
  BatchId id = 0;
  std::vector<SentItem> items{};
};

struct ModelLane {
  std::uint64_t granted = 0;
  std::uint64_t sent = 0;
  std::deque<ModelBatch> batches{};
};

struct ModelWorker {
  bool draining = false;
  std::vector<ModelLane> lanes{};
};

// A batch that the worker answered in this Step.
struct Answered {
  std::vector<SentItem> items{};
  std::vector<ItemStatus> statuses{};
};

class World {
 public:
  // Of 20 items, `failing` fail and one is not run.
  World(std::uint64_t seed, std::uint64_t failing) : rng_(seed), failing_(failing) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += microseconds(rng_.Below(2000));
      if (rng_.Below(50) == 0) now_ = std::max(now_, scheduler_.NextWakeUp().value_or(now_));
      for (std::uint64_t n = rng_.Below(5); n > 0; --n) RandomEvent();
      Step();
    }
  }

  // No more events: time alone ends everything.
  void Settle() {
    for (int i = 0; i < 10'000 && scheduler_.NextWakeUp(); ++i) {
      now_ = *scheduler_.NextWakeUp();
      Step();
    }
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(scheduler_.open_calls(), 0u);
    EXPECT_EQ(scheduler_.queued_items(), 0u);
    EXPECT_EQ(scheduler_.queued_bytes(), 0u);
    EXPECT_EQ(scheduler_.NextWakeUp(), std::nullopt);
  }

  const std::map<Verdict, int>& verdicts() const { return verdicts_; }
  const SchedulerCounters& counters() const { return scheduler_.counters(); }
  std::uint64_t trace() const { return trace_; }
  int recalls() const { return recalls_count_; }
  int closed() const { return closed_; }

 private:
  void RandomEvent() {
    const std::uint64_t dice = rng_.Below(100);
    if (dice < 12) return Arrive();
    if (dice < 15) return CancelSomeCall();
    if (dice < 20) return OpenWorker();
    if (dice < 60) return AnswerSomeBatch();
    if (dice < 95) return GrantSomeLane();
    if (dice < 97) return LateAnswer();
    const auto worker = SomeWorker();
    if (worker == workers_.end()) return;
    if (dice < 98) {
      worker->second.draining = true;
      events_.push_back(WorkerDraining{worker->first});
    } else {
      events_.push_back(WorkerClosed{worker->first});
      Forget(worker);
    }
  }

  void Forget(std::map<AttachmentId, ModelWorker>::iterator worker) {
    for (const ModelLane& lane : worker->second.lanes) {
      for (const ModelBatch& batch : lane.batches) orphans_.emplace_back(worker->first, batch);
    }
    workers_.erase(worker);
  }

  void Arrive() {
    std::vector<std::uint32_t> lengths(1 + rng_.Below(8));
    for (std::uint32_t& length : lengths) length = static_cast<std::uint32_t>(2 + rng_.Below(150));
    const CallId id = next_call_++;
    const microseconds deadline = now_ + microseconds(rng_.Below(rng_.Below(2) ? 20'000 : 500'000));
    calls_[id] = {.deadline = deadline, .done = std::vector<bool>(lengths.size())};
    events_.push_back(
        CallOffered{id, deadline, lengths_.emplace_back(std::move(lengths)), rng_.Below(100)});
  }

  void CancelSomeCall() {
    const CallId id = 1 + rng_.Below(next_call_);
    if (const auto call = calls_.find(id); call != calls_.end()) call->second.cancelled = true;
    events_.push_back(CallWithdrawn{id});
  }

  void OpenWorker() {
    if (workers_.size() >= 4) return;
    const AttachmentId attachment = next_attachment_++;
    const auto lanes = static_cast<std::uint32_t>(1 + rng_.Below(3));
    workers_[attachment] = {.lanes = std::vector<ModelLane>(lanes)};
    events_.push_back(WorkerOpened{.attachment = attachment,
                                   .worker_id = "w",
                                   .lanes = lanes,
                                   .max_batch_tokens = 200,
                                   .max_batch_items = 6,
                                   .alpha_us = 50,
                                   .per_token_us = static_cast<double>(1 + rng_.Below(100))});
  }

  void GrantSomeLane() {
    const auto worker = SomeWorker();
    if (worker == workers_.end()) return;
    std::vector<ModelLane>& lanes = worker->second.lanes;
    ++lanes[rng_.Below(lanes.size())].granted;
    std::vector<std::uint64_t> granted;
    for (const ModelLane& lane : lanes) granted.push_back(lane.granted);
    events_.push_back(CreditGranted{worker->first, grants_.emplace_back(std::move(granted))});
  }

  void AnswerSomeBatch() {
    const auto worker = SomeWorker();
    if (worker == workers_.end()) return;
    const auto lane = static_cast<std::uint32_t>(rng_.Below(worker->second.lanes.size()));
    std::deque<ModelBatch>& batches = worker->second.lanes[lane].batches;
    if (batches.empty()) return;
    Answer(worker->first, lane, batches.front());
    batches.pop_front();
  }

  // Of a worker whose attachment is closed: must change nothing.
  void LateAnswer() {
    if (orphans_.empty()) return;
    const std::size_t at = rng_.Below(orphans_.size());
    Answer(orphans_[at].first, 0, orphans_[at].second);
    late_.insert(orphans_[at].second.id);
  }

  void Answer(AttachmentId attachment, std::uint32_t lane, const ModelBatch& batch) {
    Answered& answered = answered_[batch.id];
    answered = {.items = batch.items};
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      const std::uint64_t dice = rng_.Below(20);
      answered.statuses.push_back(dice < failing_    ? ItemStatus::kFailed
                                  : dice == failing_ ? ItemStatus::kNotRun
                                                     : ItemStatus::kDone);
    }
    const microseconds execution(rng_.Below(20'000));
    events_.push_back(BatchFinished{attachment, batch.id, lane,
                                    statuses_.emplace_back(answered.statuses), execution,
                                    execution});
  }

  std::map<AttachmentId, ModelWorker>::iterator SomeWorker() {
    if (workers_.empty()) return workers_.end();
    return std::next(workers_.begin(), static_cast<std::ptrdiff_t>(rng_.Below(workers_.size())));
  }

  void Step() {
    scheduler_.Step(now_, events_, out_);
    recalled_.clear();
    finished_now_.clear();
    for (const SchedulerAction& action : out_) {
      std::visit([this](const auto& a) { Check(a); }, action);
    }
    CheckRecalled();
    EXPECT_EQ(scheduler_.open_calls(), calls_.size());
    for (const auto& [id, call] : calls_) {
      EXPECT_GT(call.deadline, now_) << "call " << id << " outlived its deadline";
      EXPECT_FALSE(call.cancelled);
    }
    if (scheduler_.NextWakeUp()) {
      EXPECT_GT(*scheduler_.NextWakeUp(), now_);
    }
    EXPECT_LE(scheduler_.queued_bytes(), kOptions.max_queued_bytes + 1200);  // what came back
    events_.clear();
    lengths_.clear();
    grants_.clear();
    statuses_.clear();
    answered_.clear();
    late_.clear();
  }

  void Check(const SendBatch& batch) {
    Trace(1, batch.attachment, batch.batch);
    const auto worker = workers_.find(batch.attachment);
    ASSERT_NE(worker, workers_.end());
    EXPECT_FALSE(worker->second.draining);
    ASSERT_LT(batch.lane, worker->second.lanes.size());
    ModelLane& lane = worker->second.lanes[batch.lane];
    EXPECT_LE(++lane.sent, lane.granted);
    ASSERT_FALSE(batch.items.empty());
    EXPECT_LE(batch.items.size(), 6u);
    Cost cost = 0;
    std::uint32_t tokens = 0;
    for (const SentItem& item : batch.items) {
      cost += CostOf(item.length, kOptions.attention_cost);
      tokens += item.length;
      if (batch.reason != SendReason::kProbe) CheckSent(item);
    }
    if (batch.items.size() > 1) {
      EXPECT_LE(cost, kCostPerToken * kOptions.batch_tokens);
      EXPECT_LE(tokens, 200u);
    }
    lane.batches.push_back({batch.batch, {batch.items.begin(), batch.items.end()}});
    EXPECT_LE(lane.batches.size(), 2u);
  }

  void CheckSent(const SentItem& item) {
    const auto call = calls_.find(item.call);
    ASSERT_NE(call, calls_.end()) << "sent after its call ended";
    EXPECT_FALSE(call->second.cancelled);
    EXPECT_GT(item.remaining_us, 0);
    EXPECT_EQ(item.remaining_us, (call->second.deadline - now_).count());
    EXPECT_FALSE(call->second.done[item.text_index]);
    EXPECT_GE(item.attempt, 1u);
    EXPECT_LE(item.attempt, kOptions.max_attempts);
    // Two, and what was taken back from a late worker.
    EXPECT_LE(Holders(item.id), 3);
  }

  int Holders(ItemId id) const {
    int holders = 0;
    for (const auto& [attachment, worker] : workers_) {
      for (const ModelLane& lane : worker.lanes) {
        for (const ModelBatch& batch : lane.batches) {
          for (const SentItem& item : batch.items) {
            if (item.id == id) ++holders;
          }
        }
      }
    }
    return holders;
  }

  void Check(const CancelSentItems& cancel) {
    EXPECT_TRUE(workers_.contains(cancel.attachment));
    EXPECT_FALSE(cancel.items.empty());
    for (const ItemId id : cancel.items) {
      recalled_.insert({cancel.attachment, id});
      taken_back_.insert({cancel.attachment, id});
    }
    recalls_count_ += static_cast<int>(cancel.items.size());
  }

  // The worker of the model is slow on purpose, never wrong.
  void Check(const CloseWorker& close) {
    EXPECT_EQ(scheduler_.counters().protocol_errors, 0u) << close.why;
    ++closed_;
    const auto worker = workers_.find(close.attachment);
    if (worker != workers_.end()) Forget(worker);  // else its attachment ended in the same Step
  }

  void Check(const WorkerChanged& change) { EXPECT_TRUE(workers_.contains(change.attachment)); }

  void Check(const ItemDone& done) {
    Trace(2, done.call, done.text_index);
    const auto call = calls_.find(done.call);
    ASSERT_NE(call, calls_.end()) << "done after its call ended";
    EXPECT_FALSE(call->second.done[done.text_index]) << "done twice";
    call->second.done[done.text_index] = true;
    EXPECT_FALSE(late_.contains(done.batch)) << "the answer of a closed attachment counted";
    const auto answered = answered_.find(done.batch);
    ASSERT_NE(answered, answered_.end());
    const std::vector<ItemStatus>& statuses = answered->second.statuses;
    EXPECT_EQ(statuses[done.position], ItemStatus::kDone);
    EXPECT_EQ(answered->second.items[done.position].call, done.call);
    EXPECT_EQ(answered->second.items[done.position].text_index, done.text_index);
    EXPECT_EQ(done.vector_index,
              std::count(statuses.begin(), statuses.begin() + done.position, ItemStatus::kDone));
  }

  void Check(const FinishCall& finish) {
    Trace(3, finish.call, static_cast<std::uint64_t>(finish.verdict));
    const auto call = calls_.find(finish.call);
    ASSERT_NE(call, calls_.end()) << "finished twice";
    const std::vector<bool>& done = call->second.done;
    const bool all = std::count(done.begin(), done.end(), true) == std::ssize(done);
    EXPECT_EQ(finish.verdict == Verdict::kOk, all);
    if (finish.verdict == Verdict::kCancelled) {
      EXPECT_TRUE(call->second.cancelled);
    }
    EXPECT_LE(finish.attempts, kOptions.max_attempts);
    EXPECT_TRUE(finish.retry_after == 0ms || MayRetry(finish.verdict));
    ++verdicts_[finish.verdict];
    finished_now_.insert(finish.call);
    calls_.erase(call);
  }

  // Whatever a worker still holds of a call that ended in this Step was recalled.
  void CheckRecalled() {
    for (const auto& [attachment, worker] : workers_) {
      for (const ModelLane& lane : worker.lanes) {
        for (const ModelBatch& batch : lane.batches) {
          for (const SentItem& item : batch.items) {
            if (!finished_now_.contains(item.call)) continue;
            if (taken_back_.contains({attachment, item.id})) continue;
            EXPECT_TRUE(recalled_.contains({attachment, item.id}));
          }
        }
      }
    }
  }

  void Trace(std::uint64_t kind, std::uint64_t a, std::uint64_t b) {
    trace_ = Rng(trace_ ^ (kind << 60) ^ (a << 20) ^ b).Next();
  }

  Rng rng_;
  const std::uint64_t failing_;
  Scheduler scheduler_{kOptions};
  microseconds now_{0};
  CallId next_call_ = 1;
  AttachmentId next_attachment_ = 1;
  std::map<CallId, ModelCall> calls_;
  std::map<AttachmentId, ModelWorker> workers_;
  std::deque<std::pair<AttachmentId, ModelBatch>> orphans_;

  // Of one Step.
  std::vector<SchedulerEvent> events_;
  std::deque<std::vector<std::uint32_t>> lengths_;
  std::deque<std::vector<std::uint64_t>> grants_;
  std::deque<std::vector<ItemStatus>> statuses_;
  std::vector<SchedulerAction> out_;
  std::map<BatchId, Answered> answered_;
  std::set<BatchId> late_;
  std::set<std::pair<AttachmentId, ItemId>> recalled_;
  std::set<CallId> finished_now_;

  std::set<std::pair<AttachmentId, ItemId>> taken_back_;  // ever
  std::map<Verdict, int> verdicts_;
  int recalls_count_ = 0;
  int closed_ = 0;
  std::uint64_t trace_ = 0;
};

TEST(SchedulerRandom, KeepsItsInvariantsWhateverHappens) {
  std::map<Verdict, int> verdicts;
  std::uint64_t wasted = 0;
  std::uint64_t requeued = 0;
  int recalls = 0;
  int closed = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, seed % 10);
    world.Run(2000);
    world.Settle();
    for (const auto& [verdict, count] : world.verdicts()) verdicts[verdict] += count;
    wasted += world.counters().items_wasted;
    requeued += world.counters().items_requeued.total();
    recalls += world.recalls();
    closed += world.closed();
  }
  // The run went everywhere.
  for (const Verdict verdict :
       {Verdict::kOk, Verdict::kCancelled, Verdict::kDeadlineExceeded, Verdict::kAttemptsExhausted,
        Verdict::kNoWorkers, Verdict::kOverloaded}) {
    EXPECT_GT(verdicts[verdict], 0) << Name(verdict);
    RecordProperty(std::string(Name(verdict)), verdicts[verdict]);
  }
  EXPECT_GT(wasted, 0u);
  EXPECT_GT(requeued, 0u);
  EXPECT_GT(recalls, 0);
  EXPECT_GT(closed, 0);
}

TEST(SchedulerRandom, TheSameEventsGiveTheSameActions) {
  World first(7, 2);
  World second(7, 2);
  first.Run(500);
  second.Run(500);
  EXPECT_EQ(first.trace(), second.trace());
  EXPECT_NE(first.trace(), 0u);
}

}  // namespace
}  // namespace shoal
