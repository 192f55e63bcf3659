// What the coordinator's owner thread does, without the thread: it takes what happened, asks the
// scheduler, and carries out the answer. The only place that finishes a call.
//
//   edges, workers ──events──► Core.Step(now) ──► scheduler.Step ──► batches to workers,
//                                                                    answers to reply sinks
//
// 1. Batches are sent before answers are written: a worker that waits costs more than a caller.
// 2. A call is erased before its sink is finished; a sink is finished exactly once.
// 3. A worker that is not welcome (other model, other precision, id in use, told to stay away)
//    never reaches the scheduler.
//
// The code: core.cc (the Step, calls), core_workers.cc (workers' attachments, operators).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "api/embed.h"
#include "api/operator.h"
#include "api/records.h"
#include "api/tokenize.h"
#include "api/worker_link.h"
#include "base/node_pool.h"
#include "coordinator/demand.h"
#include "coordinator/figures.h"
#include "coordinator/tokenize_texts.h"
#include "scheduler/scaling_signal.h"
#include "scheduler/scheduler.h"

namespace shoal {

// ---- What happens to a coordinator. ----

// A call came in. `texts` is absent while a pool thread still tokenises: CallTokenized follows.
struct CallArrived {
  CallId id = 0;
  ReplySink* sink = nullptr;  // lives until its Finish
  std::chrono::microseconds arrival{0};
  std::chrono::microseconds deadline{0};
  Priority priority = Priority::kNormal;
  std::uint64_t client = 0;
  TraceContext trace;
  Demand::Call demand;
  std::optional<TokenizedTexts> texts;
  std::chrono::microseconds tokenize{0};  // how long that took
};
struct CallTokenized {
  CallId id = 0;
  TokenizedTexts texts;
  std::chrono::microseconds tokenize{0};
};
struct CallCancelled {
  CallId id = 0;
};
// A caller wants tokens, a thread makes them: TokensMade follows. `done` is called by TakeAnswers.
struct TokensAsked {
  CallId id = 0;
  TokenizeHandler::Done done;
};
struct TokensMade {
  CallId id = 0;
  TokenizeOutcome outcome;
};
struct AttachmentOpened {
  AttachmentId id = 0;
  std::shared_ptr<WorkerAttachment> attachment;
};
struct AttachmentMessage {
  AttachmentId id = 0;
  WorkerMessage message;
};
struct AttachmentClosed {
  AttachmentId id = 0;
  Status why = {};  // OK: the worker has ended it
};
// An operator's wish. `done` is called by TakeAnswers.
struct OperatorAsked {
  std::string worker_id;
  bool drained = false;
  OperatorHandler::Done done;
};
struct DrainBegins {};
// The end: what is open, or still comes, is refused with `draining`; workers are told that nothing
// will come.
struct StopNow {};

using CoreEvent = std::variant<CallArrived, CallTokenized, CallCancelled, TokensAsked, TokensMade,
                               AttachmentOpened, AttachmentMessage, AttachmentClosed, OperatorAsked,
                               DrainBegins, StopNow>;

struct CoreOptions {
  std::string version;
  std::string coordinator_id;
  ModelInfo model;
  SchedulerOptions scheduler;
  // Told of every worker whose state changed, and what is wrong with it: OK for one that came, or
  // went as it said. On the owner thread; must not block.
  std::function<void(const WorkerInfo&, const Status& fault)> worker_changed;
  // Told of a worker that gets what is late elsewhere a second time. Likewise; may be empty.
  std::function<void(const WorkerInfo&)> second_attempt;
  // Told of every Step of the scheduler, for a recording. Likewise.
  std::function<void(std::chrono::microseconds now, std::span<const SchedulerEvent> events,
                     std::span<const SchedulerAction> actions)>
      stepped;
  // Told of every batch that came back. Likewise.
  std::function<void(const BatchRecord&)> batch_ended;
  Demand* demand = nullptr;  // told of every call; outlives the core; null: nobody asks
  // A new trace for a batch, as BatchRecord has it. On the owner thread; may be empty.
  std::function<TraceContext()> new_trace;
};

// Not thread-safe: one owner. Times are µs of one monotonic clock.
class Core {
 public:
  explicit Core(CoreOptions options);

  // Consumes `events`.
  void Step(std::chrono::microseconds now, std::vector<CoreEvent>& events);

  // When to Step again even if nothing happens.
  std::chrono::microseconds NextWakeUp() const;

  std::size_t open_calls() const { return calls_.size(); }
  // A drain began and nothing is left to finish.
  bool idle_after_drain() const { return draining_ && calls_.empty() && token_calls_.empty(); }
  // Changes whenever a worker's state does.
  std::uint64_t workers_version() const { return workers_version_; }
  ServiceInfo Info() const;
  CoordinatorFigures Figures(std::chrono::microseconds now);
  std::size_t queued_items() const { return scheduler_.queued_items(); }
  QueueSnapshot TakeSnapshot(std::chrono::microseconds now) {
    QueueSnapshot snapshot;
    scheduler_.TakeSnapshot(now, snapshot);
    return snapshot;
  }
  // What callers who asked for tokens are to be told, and operators, once Info says the same.
  std::vector<std::function<void()>> TakeAnswers() { return std::exchange(answers_, {}); }

 private:
  struct Call {
    ReplySink* sink = nullptr;
    std::chrono::microseconds arrival{0};
    std::chrono::microseconds deadline{0};
    std::chrono::microseconds last_sent{0};
    Priority priority = Priority::kNormal;
    std::uint64_t client = 0;
    TraceContext trace;
    Demand::Call demand;
    std::optional<TokenizedTexts> texts;
    EmbedReply reply;
    CallWork work;
  };
  struct Returned {
    std::shared_ptr<const WorkerName> worker;
    BatchResult result;
  };
  struct SentBatch {
    std::uint32_t tokens = 0;
    std::chrono::microseconds sent{0};
    std::chrono::microseconds predicted{0};  // of its execution
    std::vector<TraceContext> traces;        // of its calls, of those that have one
    TraceContext trace;                      // its own, if it has one
    bool is_whole_call = false;              // its items are the texts of one call: all, in order
    Returned* returned = nullptr;            // in the Step of its result
    bool is_given = false;                   // the vectors of `returned` are the call's
  };
  using Calls = std::unordered_map<CallId, Call>;
  using SentBatches = std::unordered_map<BatchId, SentBatch>;
  struct Worker {
    std::shared_ptr<WorkerAttachment> attachment;
    std::optional<Hello> hello;  // absent until it came and was welcome
    bool dismissed = false;      // the end: it was told goodbye
    std::chrono::microseconds last_heard{0};
    std::shared_ptr<const WorkerName> name;  // null: no hello yet
    WorkerInfo info;
    SentBatches sent;  // the batches it holds
  };

  void Handle(std::chrono::microseconds now, CallArrived& event);
  void Handle(std::chrono::microseconds now, CallTokenized& event);
  void Handle(std::chrono::microseconds now, const CallCancelled& event);
  void Handle(std::chrono::microseconds now, TokensAsked& event);
  void Handle(std::chrono::microseconds now, TokensMade& event);
  void Handle(std::chrono::microseconds now, AttachmentOpened& event);
  void Handle(std::chrono::microseconds now, AttachmentMessage& event);
  void Handle(std::chrono::microseconds now, const AttachmentClosed& event);
  void Handle(std::chrono::microseconds now, OperatorAsked& event);
  void Handle(std::chrono::microseconds now, const DrainBegins& event);
  void Handle(std::chrono::microseconds now, const StopNow& event);
  void OnTexts(std::chrono::microseconds now, CallId id, Call& call,
               std::chrono::microseconds tokenize);
  void OnHello(std::chrono::microseconds now, AttachmentId id, Worker& worker, const Hello& hello);
  std::uint32_t RestartsOf(const Hello& hello) const;
  void Replace(const std::string& worker_id);
  void OnResult(std::chrono::microseconds now, AttachmentId id, Worker& worker,
                BatchResult& result);
  void TellBatch(std::chrono::microseconds now, const Worker& worker, const SentBatch& sent,
                 const BatchResult& result) const;
  static void UpdateRate(Worker& worker, std::uint32_t tokens, const BatchResult& result);
  void OnClosed(AttachmentId id, const Status& fault);
  // The worker's attachment has ended or is to end: out of the table, in this state.
  void Remove(AttachmentId id, WorkerState state, const Status& fault);
  Status CheckKnown(const std::string& worker_id) const;
  void FinishAll();
  std::optional<Refuse> WhyRefuse(std::chrono::microseconds now, const Hello& hello) const;
  void SetState(Worker& worker, WorkerState state, const Status& fault = {});

  void Act(std::chrono::microseconds now);
  void Do(std::chrono::microseconds now, const SendBatch& action);
  void Do(std::chrono::microseconds now, const CancelSentItems& action);
  void Do(std::chrono::microseconds now, const CloseWorker& action);
  void Do(std::chrono::microseconds now, const WorkerChanged& action);
  void NoteSent(std::chrono::microseconds now, const SendBatch& action, SentBatch& sent) const;
  void Do(std::chrono::microseconds now, const ItemDone& action);
  static void NoteDone(const SentBatch& batch, CallWork& work);
  void Do(std::chrono::microseconds now, const FinishCall& action);
  void Finish(CallId id, EmbedOutcome outcome);
  void Answer(TokenizeHandler::Done done, TokenizeOutcome outcome);
  void SendHeartbeats(std::chrono::microseconds now);

  const CoreOptions options_;
  Scheduler scheduler_;
  ScalingSignal scaling_;
  Calls calls_;
  NodePool<Calls> spare_calls_;
  std::unordered_map<CallId, TokenizeHandler::Done> token_calls_;  // for tokens
  std::map<AttachmentId, Worker> workers_;
  std::map<std::string, WorkerInfo> lost_;          // without an attachment, by worker id; bounded
  std::set<std::string, std::less<>> drained_ids_;  // by an operator
  std::chrono::microseconds next_heartbeat_{0};
  std::uint64_t workers_version_ = 0;
  bool draining_ = false;
  bool stopping_ = false;

  // Of the Step under way; kept for their memory. Events point into what stands here.
  std::vector<SchedulerEvent> scheduler_events_;
  std::vector<SchedulerAction> actions_;
  std::deque<Returned> results_;
  SentBatches returned_;  // those that were awaited
  NodePool<SentBatches> spare_batches_;
  std::vector<std::map<AttachmentId, Worker>::node_type> removed_;
  std::vector<std::function<void()>> answers_;
};

}  // namespace shoal
