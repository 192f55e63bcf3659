// A pool of real WorkerAgents under one policy in virtual time, and a trace that is sent to it.
//
//   trace ──► policy ◄──half a trip──► WorkerAgents ──► lanes (a batch takes a drawn time)
//
// Nothing is lost and nobody dies here: these worlds ask how well, not whether. The machine that
// runs them does not matter, the same seed gives the same figures everywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "event_queue.h"
#include "scheduler/worker_agent.h"
#include "table_policy.h"
#include "table_trace.h"

namespace shoal::table {

enum class CallEnd {
  kOpen,
  kRefused,  // at once, nothing was promised
  kOk,       // in time
  kBroken,   // admitted, and late or dropped
};

struct CallRecord {
  CallEnd end = CallEnd::kOpen;
  microseconds arrived{0};
  microseconds finished{0};
};

struct Outcome {
  std::vector<CallRecord> calls;  // as in the trace
  Cost executed = 0;              // by all lanes, whoever wanted it
  Cost useful = 0;                // of calls that ended kOk
  std::uint64_t batches = 0;
  std::uint64_t second_attempts = 0;  // batches
  std::uint64_t closed_workers = 0;
};

// Who starts and stops workers, as an HPA does: it asks every 15 s how many there are to be.
struct Autoscaler {
  std::function<int()> wanted{};
  int first = 1;                        // workers at the beginning
  microseconds start_time{10'000'000};  // until a worker attaches
};

class World {
 public:
  // A call without a deadline is given this one: less than the product gives it, so that a run is
  // long enough to see what becomes of those that reach it.
  static constexpr microseconds kDefaultPatience{60'000'000};

  // The arguments must live as long as the world.
  World(const Pool& pool, const Trace& trace, Policy& policy, std::uint64_t seed);

  // Before Run: there are as many workers as somebody wants, and at most the lanes of the pool.
  void Autoscale(Autoscaler autoscaler) { autoscaler_ = std::move(autoscaler); }

  // Until every call of the trace has ended.
  Outcome Run();

 private:
  // One worker with one lane.
  struct Worker {
    explicit Worker(const WorkerAgentOptions& options, std::uint64_t seed)
        : agent(options), rng(seed) {}

    WorkerAgent agent;
    Rng rng;
    bool wanted = true;
    AttachmentId attachment = 0;  // 0: not attached
    std::map<BatchId, std::vector<BatchItem>> held{};
    microseconds wake_armed{0};  // 0: no
  };

  void At(microseconds when, std::function<void()> what);
  void Attach(std::size_t index);
  void Detach(std::size_t index);
  void Scale(int workers);
  void AskAutoscaler();
  void Beat(std::size_t index);
  void ArriveNext();
  // A caller of the closed loop sends its next call.
  void CallNext();
  // The scheduler's name of a call is new at each attempt: `index` + attempt · calls of the trace.
  void Arrive(std::size_t index, std::size_t attempt);
  void Step(std::span<const SchedulerEvent> events);
  void ArmPolicy();
  void Apply(const SendBatch& action);
  void Apply(const CancelSentItems& action);
  void Apply(const CloseWorker& action);
  void Apply(const WorkerChanged&) {}
  void Apply(const ItemDone&) {}
  void Apply(const FinishCall& action);

  // Lets the agent act on what was just told to it.
  void Drive(std::size_t index);
  void Perform(std::size_t index, const RunBatch& action);
  void Perform(std::size_t index, const AnswerBatch& action);
  void Perform(std::size_t index, const DropBatch& action);
  void Perform(std::size_t index, const GrantCredit& action);
  void Perform(std::size_t, const AgentFinished&) {}
  // Reaches the policy half a trip later, if the attachment still lives then. `answer` may be null.
  void Tell(std::size_t index, const AnswerBatch* answer, std::vector<std::uint64_t> granted);
  microseconds DrawTime(Worker& worker, bool slow, Cost cost);
  // The worker of this attachment; workers_.size(): it has ended.
  std::size_t IndexOf(AttachmentId attachment) const;

  const Pool& pool_;
  const Trace& trace_;
  Policy& policy_;
  std::optional<Autoscaler> autoscaler_;
  sim::EventQueue<std::function<void()>> queue_;
  microseconds now_{0};
  std::vector<Worker> workers_;
  AttachmentId next_attachment_ = 1;
  std::size_t next_in_loop_ = 0;
  std::size_t next_call_ = 0;  // of those that arrive at their time
  int callers_ = 0;            // that go on
  std::size_t open_ = 0;
  microseconds policy_armed_{-1};  // -1: no
  std::vector<SchedulerAction> actions_;
  std::vector<AgentAction> agent_actions_;
  Outcome outcome_;
};

}  // namespace shoal::table
