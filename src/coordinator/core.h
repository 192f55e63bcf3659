// What the coordinator's owner thread does, without the thread: it takes what happened, asks the
// scheduler, and carries out the answer. The only place that finishes a call.
//
//   edges, worker streams ──events──► Core.Step(now) ──► scheduler.Step ──► batches to streams,
//                                                                          answers to reply slots
//
// 1. Batches are sent before answers are written: a worker that waits costs more than a caller.
// 2. A call is erased before its slot is finished; a slot is finished exactly once.
// 3. A worker that is not welcome (other model, other precision, id in use) never reaches the
//    scheduler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "coordinator/tokenize_texts.h"
#include "scheduler/scheduler.h"

namespace shoal {

// ---- What happens to a coordinator. ----

// A call came in. `texts` is absent while a pool thread still tokenises: CallTokenized follows.
struct CallArrived {
  CallId id = 0;
  ReplySlot* slot = nullptr;  // lives until its Finish
  std::chrono::microseconds arrival{0};
  std::chrono::microseconds deadline{0};
  Priority priority = Priority::kNormal;
  std::optional<TokenizedTexts> texts;
};
struct CallTokenized {
  CallId id = 0;
  TokenizedTexts texts;
};
struct CallCancelled {
  CallId id = 0;
};
struct StreamOpened {
  AttachId id = 0;
  std::shared_ptr<WorkerStream> stream;
};
struct StreamMessage {
  AttachId id = 0;
  WorkerMessage message;
};
struct StreamClosed {
  AttachId id = 0;
};
struct DrainBegins {};
// The end: what is still open is refused with `draining`, workers are told that nothing will come.
struct StopNow {};

using CoreEvent = std::variant<CallArrived, CallTokenized, CallCancelled, StreamOpened,
                               StreamMessage, StreamClosed, DrainBegins, StopNow>;

struct CoreOptions {
  std::string version;
  std::string coordinator_id;
  ModelInfo model;
  SchedulerOptions scheduler;
  // Told of every worker whose state changed. On the owner thread; must not block.
  std::function<void(const WorkerInfo&)> worker_changed;
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
  bool idle_after_drain() const { return draining_ && calls_.empty(); }
  // Changes whenever a worker's state does.
  std::uint64_t workers_version() const { return workers_version_; }
  ServiceInfo Info() const;

 private:
  struct Call {
    ReplySlot* slot = nullptr;
    std::chrono::microseconds arrival{0};
    std::chrono::microseconds deadline{0};
    Priority priority = Priority::kNormal;
    std::chrono::microseconds last_sent{0};
    std::optional<TokenizedTexts> texts;
    EmbedReply reply;
  };
  struct Worker {
    std::shared_ptr<WorkerStream> stream;
    std::optional<Hello> hello;  // absent until it came and was welcome
    std::chrono::microseconds last_heard{0};
    WorkerInfo info;
    std::unordered_map<BatchId, std::uint32_t> sent_tokens;  // of the batches it holds
  };

  void Handle(std::chrono::microseconds now, CoreEvent& event);
  void OnTexts(CallId id, Call& call);
  void OnMessage(std::chrono::microseconds now, AttachId id, WorkerMessage& message);
  void OnHello(std::chrono::microseconds now, AttachId id, Worker& worker, const Hello& hello);
  void OnResult(AttachId id, Worker& worker, BatchResult& result);
  static void UpdateRate(Worker& worker, const BatchResult& result);
  void OnClosed(AttachId id);
  void OnStop();
  std::optional<std::string> WhyRefuse(std::chrono::microseconds now, const Hello& hello) const;
  void SetState(Worker& worker, WorkerState state);

  void Act(std::chrono::microseconds now);
  void Do(std::chrono::microseconds now, const SendBatch& action);
  void Do(std::chrono::microseconds now, const CancelSentItems& action);
  void Do(std::chrono::microseconds now, const CloseWorker& action);
  void Do(std::chrono::microseconds now, const WorkerChanged& action);
  void Do(std::chrono::microseconds now, const ItemDone& action);
  void Do(std::chrono::microseconds now, const FinishCall& action);
  void Finish(CallId id, EmbedOutcome outcome);
  void SendHeartbeats(std::chrono::microseconds now);

  const CoreOptions options_;
  Scheduler scheduler_;
  std::unordered_map<CallId, Call> calls_;
  std::map<AttachId, Worker> workers_;
  std::map<std::string, WorkerInfo> lost_;  // by worker id; bounded
  std::chrono::microseconds next_heartbeat_{0};
  std::uint64_t workers_version_ = 0;
  bool draining_ = false;

  // Of the Step under way; kept for their memory.
  std::vector<SchedulerEvent> scheduler_events_;
  std::vector<SchedulerAction> actions_;
  struct Returned {
    AttachId attach = 0;
    BatchResult result;
  };
  std::unordered_map<BatchId, Returned> returned_;
};

}  // namespace shoal
