// The coordinator's process: the real Scheduler, and around it what the coordinator's core does
// (Hello, Welcome and Refuse, attachments that replace others, heartbeats, vectors into replies).
// It is to coordinator/core.cc what worker_model.h is to worker_owner.cc.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "scheduler/scheduler.h"
#include "shared.h"

namespace shoal::sim {

// Not thread-safe.
class CoordinatorModel {
 public:
  explicit CoordinatorModel(Shared& shared);

  void Start();
  // Every caller loses its connection, every worker its attachment.
  void Kill();
  void Pause() { ++paused_; }
  void Resume();
  void Jump(microseconds by) { clock_ += by; }
  bool up() const { return scheduler_ != nullptr; }
  // It drains and has nothing left to finish.
  bool idle_after_drain() const { return draining_ && up() && scheduler_->open_calls() == 0; }

  // ---- What happens to it. ----
  void Arrive(CallId call);
  void Cancel(CallId call);
  void OnPacket(AttachmentId attachment, Packet packet);
  void OperatorDrains(const std::string& worker_id, bool drains);
  void BeginDrain();
  void Turn();
  // The planned turn is now; others were planned before and are obsolete.
  bool due() const { return next_turn_ == shared_.time.now(); }

  microseconds Clock() const { return shared_.time.now() + clock_; }
  Scheduler& scheduler() { return *scheduler_; }
  // This incarnation of the worker is attached, and not by an attachment that it has left.
  bool Usable(const std::string& worker_id, AttachmentId attachment) const;
  microseconds StayAway(const std::string& worker_id) const {
    return scheduler_->StayAway(worker_id, Clock());
  }

 private:
  struct Arrived {
    CallId call = 0;
  };
  struct Cancelled {
    CallId call = 0;
  };
  struct Received {
    AttachmentId attachment = 0;
    Packet packet{};
  };
  struct OperatorSays {
    std::string worker_id;
    bool drains = false;
  };
  struct Drains {};
  using Input = std::variant<Arrived, Cancelled, Received, OperatorSays, Drains>;
  struct Peer {
    bool welcome = false;
    std::string worker_id{};
    std::uint64_t incarnation = 0;
    microseconds heard{0};
  };
  struct Reply {
    std::vector<std::uint64_t> vectors{};
  };

  void Push(Input input);
  void Plan(microseconds at);
  void Step(std::size_t inputs);
  void Take(Input& input);
  void OnMessage(AttachmentId attachment, WorkerMessage& message);
  void OnHello(AttachmentId attachment, Peer& peer, const Hello& hello);
  void Refuse(AttachmentId attachment, Peer& peer, const Hello& hello, microseconds stay_away);
  void OnResult(AttachmentId attachment, BatchResult& result);
  void OnClosed(AttachmentId attachment);
  void Do(const SendBatch& action);
  void Do(const CancelSentItems& action);
  void Do(const CloseWorker& action);
  void Do(const WorkerChanged& action);
  void Do(const ItemDone& action);
  void Do(const FinishCall& action);
  void SendHeartbeats();
  // LinkBug::kStaleAttachment: whose messages these are taken for.
  AttachmentId TakenFor(AttachmentId attachment);

  Shared& shared_;
  std::unique_ptr<Scheduler> scheduler_;
  microseconds clock_{0};
  int paused_ = 0;
  bool draining_ = false;
  std::deque<Input> inbox_;
  microseconds next_turn_{0};
  microseconds next_heartbeat_{0};

  std::map<AttachmentId, Peer> peers_;
  std::map<AttachmentId, std::string> replaced_;  // LinkBug::kStaleAttachment
  std::unordered_map<CallId, Reply> replies_;
  std::map<BatchId, BatchResult> results_;  // of the Step under way
  std::deque<std::vector<std::uint64_t>> grants_;
  std::deque<std::string> names_;
  std::vector<SchedulerEvent> events_;
  std::vector<SchedulerAction> actions_;
};

}  // namespace shoal::sim
