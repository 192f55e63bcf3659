// The state of a worker, which the thread of its loop owns. Private to worker.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/worker_agent.h"
#include "worker/recent_times.h"
#include "worker/worker.h"

namespace shoal {

class Worker::Owner {
 public:
  Owner(Worker& worker, std::chrono::microseconds now);

  void Handle(std::chrono::microseconds now, Event& event);
  // After the events of a wake-up: dials, steps the agent, acts, sends the heartbeat.
  void Turn(std::chrono::microseconds now);
  std::chrono::microseconds NextWakeUp(std::chrono::microseconds now) const;
  // A drain was asked for and has ended.
  bool done(std::chrono::microseconds now) const;

 private:
  void Dial(std::chrono::microseconds now);
  void On(std::chrono::microseconds now, LinkSaid& said);
  void On(std::chrono::microseconds now, const LinkEnded& ended);
  void On(std::chrono::microseconds now, LaneResult& result);
  void On(std::chrono::microseconds now, const DrainAsked& asked);
  void Record(const LaneResult& result);  // in its trace
  void On(std::chrono::microseconds now, const Welcome& welcome);
  void On(std::chrono::microseconds now, const Refuse& refuse);
  void On(std::chrono::microseconds now, Batch& batch);
  void On(std::chrono::microseconds now, const CancelItems& cancel);
  void On(std::chrono::microseconds now, const CoordinatorStats& stats);
  void On(std::chrono::microseconds now, const Goodbye& goodbye);
  void OnEnded(std::chrono::microseconds now, const std::string& why);
  // Lets go of the attachment; the next dial comes later.
  void Detach(std::chrono::microseconds now);
  // Why the batch cannot be run, if so.
  std::optional<std::string> WhyUnfit(const Batch& batch) const;
  void Act();
  void Do(const RunBatch& action);
  void Do(AnswerBatch& action);
  void Do(GrantCredit& action);
  void Do(const DropBatch&) {}  // batches_ was cleared when the attachment broke
  void Do(const AgentFinished&) { finished_ = true; }
  void SayGoodbye(std::chrono::microseconds now);
  void Watch(std::chrono::microseconds now);
  void SendStats(std::chrono::microseconds now);

  Worker& worker_;
  WorkerAgent agent_;
  std::vector<AgentAction> actions_;

  std::unique_ptr<WorkerLink> link_;  // absent: to be dialled at next_dial_
  std::uint64_t dial_ = 0;            // number of the current attachment
  bool welcome_ = false;
  bool said_goodbye_ = false;      // we sent Goodbye on this attachment
  bool coordinator_done_ = false;  // it sent Goodbye: no batch will come
  bool refused_ = false;           // and said so in the log
  bool said_alone_ = false;        // that no coordinator answers, since the last one did
  std::size_t next_coordinator_ = 0;
  std::chrono::microseconds next_dial_{0};
  std::chrono::microseconds redial_wait_{0};
  std::chrono::microseconds last_heard_{0};
  std::chrono::microseconds next_stats_{0};

  std::map<BatchId, Batch> batches_;     // of this attachment, until answered; ids until they run
  LaneResult* just_finished_ = nullptr;  // while it is handled

  std::uint64_t errors_ = 0;  // batches that could not be run
  RecentTimes forward_times_;

  bool draining_ = false;
  bool finished_ = false;                        // nothing runs and nothing will
  bool closing_ = false;                         // the link was told so
  std::chrono::microseconds drain_deadline_{0};  // for the coordinator's part of the goodbye
};

}  // namespace shoal
