// Everything that happens to a worker becomes an event in one inbox; the loop's thread takes them
// in turn and owns all state. What to do is WorkerAgent's decision; here it is carried out.
//
//   link callbacks ─┐                        ┌─► link_->Send
//   lane threads ───┼─► inbox ─► Handle ─► agent_ ─► Act ─► lanes_[i]->Run
//   Drain() ────────┘            then Turn: dial, step, goodbye, watch, stats
//
// Attachments are numbered (dial_). A callback carries the number of its attachment, so what a
// broken attachment still says is known by its old number and dropped.
#include "worker/worker_owner.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "telemetry/log.h"
#include "tracing/record_spans.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kFirstRedial{100'000};
constexpr microseconds kLongestRedial{500'000};
constexpr microseconds kHeartbeat{500'000};
// Nothing from the coordinator for this long: the attachment is as good as gone.
constexpr microseconds kCoordinatorSilence{11'000'000};
// A forward pass that takes longer will never end.
constexpr microseconds kHungForward{60'000'000};
// After a drain, how long to wait for the coordinator's last word.
constexpr microseconds kLastWord{1'000'000};

std::uint64_t CpuMicroseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

}  // namespace

Worker::Owner::Owner(Worker& worker, microseconds now)
    : worker_(worker),
      agent_({.lanes = worker.hello_.lanes,
              .alpha_us = worker.hello_.alpha_us,
              .per_token_us = worker.hello_.per_token_us}),
      next_dial_(now),
      redial_wait_(kFirstRedial) {}

void Worker::Owner::Handle(microseconds now, Event& event) {
  std::visit([this, now](auto& what) { On(now, what); }, event);
}

void Worker::Owner::On(microseconds now, LinkSaid& said) {
  if (said.dial != dial_ || !link_) return;  // of an attachment that is gone
  last_heard_ = now;
  std::visit([this, now](auto& message) { On(now, message); }, said.message);
}

void Worker::Owner::On(microseconds now, const LinkEnded& ended) {
  if (ended.dial == dial_ && link_) OnEnded(now, ended.why);
}

void Worker::Owner::On(microseconds now, LaneResult& result) {
  worker_.probe_->BatchFinished(result.execution);
  forward_times_.Add(result.execution);
  Record(result);
  just_finished_ = &result;
  agent_.OnLaneFinished(now, result.lane, result.batch, result.execution, actions_);
  Act();
  just_finished_ = nullptr;
}

void Worker::Owner::Record(const LaneResult& result) {
  const auto batch = batches_.find(result.batch);
  SpanExporter* const exporter = worker_.exporter_.get();
  if (exporter == nullptr || batch == batches_.end()) return;
  const TraceContext& trace = batch->second.trace;
  if (!trace.exists() || !trace.is_sampled) return;
  const std::size_t items = result.vectors.size() / (worker_.hello_.dim * sizeof(float));
  exporter->Add(ForwardSpanOf(batch->second, items, result.execution,
                              std::chrono::nanoseconds(UnixNanoseconds()), exporter->ids()));
}

void Worker::Owner::On(microseconds, const DrainAsked&) {
  if (draining_) return;
  draining_ = true;
  worker_.state_ = WorkerState::kDraining;
  LogInfo("worker.draining", "draining");
  agent_.Drain();
}

void Worker::Owner::Turn(microseconds now) {
  Dial(now);
  if (draining_ && welcome_ && !said_goodbye_) {
    said_goodbye_ = true;
    link_->Send(Goodbye{});
  }
  agent_.Step(now, actions_);
  Act();
  if (finished_) SayGoodbye(now);
  Watch(now);
  if (welcome_ && now >= next_stats_) SendStats(now);
}

microseconds Worker::Owner::NextWakeUp(microseconds now) const {
  microseconds next = now + kHeartbeat;
  if (welcome_) next = std::min(next, next_stats_);
  if (!link_) next = std::min(next, next_dial_);
  if (const auto agent = agent_.NextWakeUp()) next = std::min(next, *agent);
  if (draining_) next = std::min(next, now + microseconds(20'000));
  return next;
}

bool Worker::Owner::done(microseconds now) const {
  return finished_ && (!link_ || (closing_ && now >= drain_deadline_));
}

// First the coordinator says that no batch is under way, then the attachment is closed behind the
// last result, then the coordinator ends it.
void Worker::Owner::SayGoodbye(microseconds now) {
  if (drain_deadline_ == microseconds(0)) drain_deadline_ = now + kLastWord;
  if (!link_ || closing_) return;
  if (welcome_ && !coordinator_done_ && now < drain_deadline_) return;
  closing_ = true;
  drain_deadline_ = now + kLastWord;
  link_->Close();
}

void Worker::Owner::Dial(microseconds now) {
  if (link_ || draining_ || now < next_dial_) return;
  const std::vector<std::string>& targets = worker_.options_.coordinators;
  const std::string& address = targets[next_coordinator_++ % targets.size()];
  const std::uint64_t dial = ++dial_;
  auto link = worker_.dialer_(
      address, {.message =
                    [this, dial](CoordinatorMessage message) {
                      worker_.inbox_.Post(LinkSaid{.dial = dial, .message = std::move(message)});
                    },
                .closed =
                    [this, dial](std::string why) {
                      worker_.inbox_.Post(LinkEnded{.dial = dial, .why = std::move(why)});
                    }});
  if (!link.ok()) {
    LogError("worker.dial_failed", "a coordinator cannot be dialled",
             {{"coordinator", address}, ExcInfo(link.status())});
    next_dial_ = now + kLongestRedial;
    return;
  }
  link_ = *std::move(link);
  refused_ = false;
  last_heard_ = now;
  link_->Send(worker_.hello_);
}

void Worker::Owner::On(microseconds now, const Welcome& welcome) {
  welcome_ = true;
  said_goodbye_ = coordinator_done_ = said_alone_ = false;
  redial_wait_ = kFirstRedial;
  next_stats_ = now + kHeartbeat;
  agent_.LinkUp(microseconds(welcome.round_trip_us), welcome.attention_cost);
  if (!draining_) worker_.state_ = WorkerState::kReady;
  worker_.probe_->Attached(true);
  LogInfo("worker.attached", "attached to a coordinator",
          {{"coordinator_id", welcome.coordinator_id}});
}

void Worker::Owner::On(microseconds, const Refuse& refuse) {
  LogWarn("worker.refused", "the coordinator does not take this worker",
          {ExcInfo(FailedPreconditionError(refuse.why))});
  refused_ = true;
  redial_wait_ = std::max(redial_wait_, microseconds(1000 * std::int64_t{refuse.stay_away_ms}));
}

void Worker::Owner::On(microseconds, const CancelItems& cancel) { agent_.OnCancel(cancel.items); }

void Worker::Owner::On(microseconds, const CoordinatorStats& stats) {
  agent_.SetRoundTrip(microseconds(stats.round_trip_us));
}

void Worker::Owner::On(microseconds, const Goodbye&) { coordinator_done_ = true; }

std::optional<std::string> Worker::Owner::WhyUnfit(const Batch& batch) const {
  if (batch.lane >= worker_.hello_.lanes) return "a batch for lane " + std::to_string(batch.lane);
  std::uint64_t tokens = 0;
  for (const BatchItem& item : batch.items) {
    if (item.length == 0 || item.length > worker_.max_text_tokens_) {
      return "an item of " + std::to_string(item.length) + " tokens";
    }
    tokens += item.length;
  }
  if (tokens != batch.token_ids.size() || tokens == 0 || tokens > worker_.hello_.max_batch_tokens) {
    return "a batch of " + std::to_string(tokens) + " tokens";
  }
  const auto [least, most] = std::minmax_element(batch.token_ids.begin(), batch.token_ids.end());
  if (*least < 0 || *most >= worker_.vocabulary_size_) {
    return std::string("a token that is not in the vocabulary");
  }
  return std::nullopt;
}

void Worker::Owner::On(microseconds now, Batch& batch) {
  std::optional<std::string> why = WhyUnfit(batch);
  if (!why && !agent_.OnBatch(now, batch)) why = "a batch that was not granted";
  if (why) {
    ++errors_;
    LogError("worker.bad_batch", "the coordinator sent what cannot be run: the link is closed",
             {ExcInfo(InvalidArgumentError(*why))});
    Detach(now);
    return;
  }
  const BatchId id = batch.id;
  batches_[id] = std::move(batch);
}

void Worker::Owner::OnEnded(microseconds now, const std::string& why) {
  const Status error = UnavailableError(why);
  if (welcome_) {
    // Who has said goodbye leaves as it should.
    const LogLevel level = coordinator_done_ ? LogLevel::kInfo : LogLevel::kWarn;
    Log(level, "worker.detached", "the link ended", {ExcInfo(error)});
  } else if (!refused_) {
    const LogLevel level = said_alone_ ? LogLevel::kDebug : LogLevel::kInfo;
    Log(level, "worker.no_coordinator", "no coordinator answers yet", {ExcInfo(error)});
    said_alone_ = true;
  }
  Detach(now);
}

void Worker::Owner::Detach(microseconds now) {
  ++dial_;  // whatever the old attachment still says is not for us
  link_.reset();
  welcome_ = false;
  batches_.clear();
  agent_.LinkDown(actions_);
  actions_.clear();
  if (!draining_) worker_.state_ = WorkerState::kStarting;
  worker_.probe_->Attached(false);
  next_dial_ = now + redial_wait_;
  redial_wait_ = std::min(redial_wait_ * 2, kLongestRedial);
}

void Worker::Owner::Act() {
  for (AgentAction& action : actions_) {
    std::visit([this](auto& what) { Do(what); }, action);
  }
  actions_.clear();
}

void Worker::Owner::Do(const RunBatch& action) {
  Batch& batch = batches_.at(action.batch);
  LaneJob job{.batch = action.batch};
  job.lengths.reserve(action.positions.size());
  const bool all = action.positions.size() == batch.items.size();  // most batches
  std::size_t offset = 0;
  std::size_t wanted = 0;
  for (std::uint32_t position = 0; position < batch.items.size(); ++position) {
    const std::uint32_t length = batch.items[position].length;
    if (wanted < action.positions.size() && action.positions[wanted] == position) {
      ++wanted;
      job.lengths.push_back(length);
      const auto* ids = batch.token_ids.data() + offset;
      if (!all) job.token_ids.insert(job.token_ids.end(), ids, ids + length);
    }
    offset += length;
  }
  if (all) job.token_ids = std::move(batch.token_ids);
  worker_.lanes_[action.lane]->Run(std::move(job));
}

void Worker::Owner::Do(AnswerBatch& action) {
  BatchResult result{.id = action.batch,
                     .lane = action.lane,
                     .statuses = std::move(action.statuses),
                     .held_us = action.held.count(),
                     .execution_us = action.execution.count(),
                     .grant = {.granted = agent_.granted()}};
  if (just_finished_ != nullptr && just_finished_->batch == action.batch) {
    result.vectors = std::move(just_finished_->vectors);
  }
  batches_.erase(action.batch);
  if (welcome_) link_->Send(std::move(result));
}

void Worker::Owner::Do(GrantCredit& action) {
  if (welcome_) link_->Send(Grant{.granted = std::move(action.granted)});
}

void Worker::Owner::Watch(microseconds now) {
  const std::optional<microseconds> oldest = agent_.OldestStart();
  CHECK(!oldest || now - *oldest < kHungForward, "a forward pass ends within a minute");
  if (link_ && now - last_heard_ > kCoordinatorSilence) {
    OnEnded(now, "nothing was heard for 11 s");
  }
}

void Worker::Owner::SendStats(microseconds now) {
  next_stats_ = now + kHeartbeat;
  link_->Send(
      WorkerStats{.cpu_us = CpuMicroseconds(),
                  .resident_bytes = ResidentBytes(),
                  .batches_executed = worker_.batches_executed_,
                  .items_executed = worker_.items_executed_,
                  .errors = errors_,
                  .forward_p99_us = static_cast<std::uint32_t>(forward_times_.P99().count())});
}

}  // namespace shoal
