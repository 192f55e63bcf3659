// One worker process and its machine: the real WorkerAgent, an executor that takes the time that
// its batches cost, and everything that can happen to either. It is to worker_owner.cc what
// coordinator_model.h is to the coordinator's core: the same conduct, in virtual time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/rng.h"
#include "scheduler/worker_agent.h"
#include "shared.h"

namespace shoal::sim {

// Not thread-safe.
class WorkerModel {
 public:
  WorkerModel(Shared& shared, std::uint32_t index, const WorkerSpec& spec);

  // ---- Life. ----
  void Start();  // of the process: it dials at once
  void StartAfter(microseconds delay);
  // told: the other end hears of it. restart: it comes back after the usual while.
  void Die(bool told, bool restart);
  bool up() const { return agent_ != nullptr; }
  bool draining() const { return draining_; }
  microseconds told_away() const { return away_until_ - Local(); }  // what is left of it
  std::uint32_t life() const { return life_; }
  std::uint64_t incarnation() const { return incarnation_; }

  // ---- Events. ----
  void OnPacket(AttachmentId attachment, Packet packet);
  void LaneDone(std::uint32_t lane, BatchId batch);
  void Turn();
  // The planned turn is now; others were planned before and are obsolete.
  bool due() const { return next_turn_ == shared_.time.now(); }

  // ---- Faults. ----
  void Begin(const Fault& fault);
  void End(const Fault& fault);
  // All that is wrong with it ends; what hangs is killed.
  void Heal();

  AttachmentId attachment() const { return attachment_; }
  const WorkerSpec& spec() const { return spec_; }

 private:
  struct Held {
    Batch batch{};
    microseconds received{0};
    std::set<ItemId> cancelled{};
    std::vector<std::uint32_t> positions{};  // that are executed
    microseconds started{0};
    microseconds ends{0};  // as planned, on the world's clock
  };
  enum class CrashPlan : std::uint8_t { kNone, kAtStart, kDuring, kAfter };

  microseconds Local() const { return shared_.time.now() + clock_; }
  void Dial();
  void Plan(microseconds at);
  void PlanNextTurn();
  void OnMessage(CoordinatorMessage& message);
  void OnBatch(Batch& batch);
  void Ended();
  void Act();
  void Do(const RunBatch& action);
  void Do(const AnswerBatch& action);
  void Do(const GrantCredit& action);
  void Do(const DropBatch& action);
  void Do(const AgentFinished&) { finished_ = true; }
  microseconds ExecutionTime(const Held& held);
  void SendGrant(std::vector<std::uint64_t> granted);
  void SayGoodbye();
  void Forget();

  Shared& shared_;
  const std::uint32_t index_;
  const WorkerSpec spec_;
  Rng rng_;

  std::unique_ptr<WorkerAgent> agent_;  // absent: the process does not run
  std::uint32_t life_ = 0;
  std::uint64_t incarnation_ = 0;
  microseconds clock_{0};
  std::vector<AgentAction> actions_;

  AttachmentId attachment_ = 0;  // 0: none
  bool welcome_ = false;
  bool said_goodbye_ = false;
  bool coordinator_done_ = false;
  microseconds next_dial_{0};
  microseconds redial_wait_{0};
  microseconds away_until_{0};  // told by a coordinator, which may have forgotten it since
  microseconds heard_{0};
  microseconds next_stats_{0};
  microseconds next_turn_{0};
  std::map<BatchId, Held> held_;
  std::map<BatchId, Held> orphans_;  // of attachments that broke, still executing

  bool draining_ = false;
  bool finished_ = false;
  bool closing_ = false;
  microseconds goodbye_{0};

  // What is wrong with it.
  int paused_ = 0;
  std::deque<Event> inbox_;  // what came while it was paused
  bool healed_ = false;      // nothing is wrong with it any more
  double slow_ = 1;
  int stolen_ = 0;
  int sick_ = 0;
  int wrong_ = 0;
  bool broken_ = false;
  bool hung_ = false;
  microseconds stall_{0};  // of the next batch
  CrashPlan crash_ = CrashPlan::kNone;
  bool crash_after_ = false;
  bool stays_away_ = false;                // comes back when the fault ends
  bool back_after_exit_ = false;           // the fault ended before its drain did
  std::vector<std::uint64_t> old_grants_;  // LinkBug::kCreditCountedTwice
};

}  // namespace shoal::sim
