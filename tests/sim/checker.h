// The invariants. The checker sees every event and every action of the scheduler, and what happens
// at the workers, and works out a second time what may follow from it. Each invariant has a number
// (those of failures.cc, with a sentence each); the first that does not hold ends the run.
//
// checker.cc           a Step, call by call: 1, 2, 6, 14
// checker_admission.cc what an admitted call was promised: 6, 15
// checker_events.cc    what events must do to calls and workers: 7, 13
// checker_dispatch.cc  what may be sent, where and in which order: 5, 7, 8, 9, 12
// checker_workers.cc   whom to blame: 3, 5, 10, 11
// windows.h            what only shows over seconds: 4, 15, 16, 19
// world.cc             what must hold once all is well again: 17, 18
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "call_record.h"
#include "clients.h"
#include "failures.h"
#include "pool_mirror.h"
#include "queue_mirror.h"
#include "scenario.h"
#include "scheduler/scheduler.h"
#include "windows.h"

namespace shoal::sim {

// Not thread-safe.
class Checker {
 public:
  Checker(const Scenario& scenario, const Clients& clients, Failures& failures);

  void CoordinatorStarts(Scheduler& scheduler);
  void CoordinatorLost();
  void BeforeStep(microseconds now, std::span<const SchedulerEvent> events);
  void AfterStep(microseconds now, std::span<const SchedulerEvent> events,
                 std::span<const SchedulerAction> actions);
  // A grant as it came on this attachment, whatever is made of it.
  void OnGrant(AttachmentId attachment, std::span<const std::uint64_t> granted);

  // ---- At a worker. ----
  void OnBatchArrived(AttachmentId attachment, const Batch& batch, bool taken);
  void OnItemRuns(ItemId item, bool too_late, bool cancelled);
  void OnPoisonRuns(std::span<const std::int32_t> texts);
  void OnWorkerGone(AttachmentId attachment, std::uint32_t worker);
  void OnBroken(AttachmentId attachment);

  const Windows& windows() const { return windows_; }
  Windows& windows() { return windows_; }

 private:
  struct Copy {
    AttachmentId attachment = 0;
    BatchId batch = 0;
  };
  struct Text {
    Cost cost = 0;
    ItemId id = 0;
    std::uint32_t attempt = 0;
    std::int64_t bucket = 0;
    bool queued = false;
    bool done = false;
    bool alone = false;
    PlaceKey place{};
    std::vector<Copy> copies{};

    int Running() const;
    bool Drop(BatchId batch);
  };
  struct Call {
    CallId id = 0;
    const CallRecord* record = nullptr;
    microseconds deadline{0};
    microseconds arrived{0};
    QueueKind kind = QueueKind::kUrgent;
    bool waiting = false;  // until a worker is there, to be decided on then
    bool admitted = false;
    bool head_start = false;  // a lane was idle, and it needs more than that
    bool ended = false;
    std::size_t open = 0;
    std::vector<Text> texts{};
    const FinishCall* finish = nullptr;  // of this Step
  };
  struct Client {
    std::array<std::optional<microseconds>, kQueueKinds> asked{};  // last, of each queue
    std::array<Cost, kQueueKinds> queued{};
  };
  struct Closed {
    std::uint64_t incarnation = 0;
    std::vector<TextRef> texts{};
    std::set<std::int32_t> executing{};
  };

  // checker.cc
  void Fail(int invariant, const std::string& what);
  Call* Find(CallId id);
  QueueMirror& QueueOf(const Call& call) { return queues_[static_cast<std::size_t>(call.kind)]; }
  Client& ClientOf(const Call& call) { return clients_seen_[call.record->client]; }
  void IndexFinishes(std::span<const SchedulerAction> actions);
  void ExpireAndCheckWorkers();
  void CheckActions(std::span<const SchedulerAction> actions);
  void CheckFinish(const FinishCall& finish);
  void CheckProbed();
  void CheckItemDones(std::span<const SchedulerAction> actions);
  void CheckBooks();
  void CheckWait(const Call& call);
  void CheckShare(const Call& call);
  bool HasHeadStart(const Call& call);
  void SeeClient(const Call& call);
  void End(Call& call);
  void Requeue(Call& call, std::uint32_t index);
  void Dequeue(Call& call, std::uint32_t index);

  // checker_events.cc
  void Take(const CallOffered& event);
  void Take(const CallWithdrawn& event);
  void Take(const WorkerOpened& event);
  void Take(const WorkerHeard& event);
  void Take(const CreditGranted& event);
  void Take(const BatchFinished& event);
  void Take(const WorkerClosed& event);
  void Take(const WorkerDraining& event);
  void Take(const OperatorDrain& event);
  void Take(const OperatorResume& event);
  void Take(const BeginDrain& event);
  void Accept(Call& call);
  void JudgeWaiting();
  void NoteLive();
  void TakeDone(const MirrorBatch& batch, const BatchFinished& event, std::size_t position,
                std::uint32_t vector_index);
  void TakeBack(TextRef text, BatchId batch, bool blame);
  void ClosePeer(AttachmentId attachment);
  void Remember(const MirrorPeer& peer);

  // checker_dispatch.cc
  void CheckSend(const SendBatch& send);
  void CheckProbe(const SendBatch& send, const MirrorPeer& peer, MirrorLane& lane,
                  MirrorBatch mirror);
  void CheckQueueItem(const SendBatch& send, Call& call, Text& text);
  void CheckOrder(const SendBatch& send, const MirrorPeer& peer, const MirrorLane& lane,
                  QueueKind kind, const PlaceKey& last, Cost cost);
  bool TooLate(const MirrorPeer& peer, const MirrorLane& lane, Cost cost,
               microseconds deadline) const;
  bool UrgentFits(const MirrorPeer& peer, const MirrorLane& lane) const;
  void CheckFeasible(const SendBatch& send, const MirrorPeer& peer, const MirrorLane& lane,
                     Cost cost, microseconds first_deadline);
  void CheckSecondAttempt(const SendBatch& send, const MirrorPeer& peer, const MirrorLane& lane,
                          Cost cost, microseconds first_deadline);
  void CheckLimits(const SendBatch& send, const MirrorPeer& peer, Cost cost);
  void CheckHopeless(const Call& call);

  // checker_workers.cc
  void CheckClose(const CloseWorker& close);
  void CheckPool();
  void CheckPoison(const FinishCall& finish);
  void Blame(std::int32_t text);
  int BlameOf(std::int32_t text) const;

  const Scenario& scenario_;
  const Clients& clients_;
  Failures& failures_;
  Windows windows_;
  Scheduler* scheduler_ = nullptr;

  // Of this life of the coordinator.
  std::unique_ptr<PoolMirror> pool_;
  std::array<QueueMirror, kQueueKinds> queues_;
  std::unordered_map<CallId, Call> calls_;
  std::set<CallId> waiting_;
  std::size_t waiting_items_ = 0;
  std::set<std::pair<microseconds, CallId>> deadlines_;
  std::size_t open_calls_ = 0;
  std::map<std::uint64_t, Client> clients_seen_;
  std::map<std::string, Closed> closed_;
  std::set<std::string> drained_;
  std::map<AttachmentId, std::vector<std::uint64_t>> grants_;
  std::set<AttachmentId> broken_;
  bool draining_ = false;
  bool live_ = false;
  double second_attempts_ = 2;  // that the budget allows
  SchedulerCounters before_{};
  microseconds looked_{0};  // at who is proven
  std::uint64_t steps_ = 0;
  std::uint64_t crashes_ = 0;          // of workers, and twins: new incarnations
  std::map<std::int32_t, int> blame_;  // by text, without a success since
  std::map<std::int32_t, int> poison_runs_;
  std::map<std::int32_t, int> poison_allowed_;  // banned: so many runs and no more

  // Of the Step under way.
  microseconds now_{0};
  std::optional<PoolView> pool_before_;  // a Step of one arrival
  std::vector<CallId> ended_now_;
  std::vector<CallId> finishing_;
  std::vector<ItemDone> dones_;
  std::vector<const CloseWorker*> closes_;
};

}  // namespace shoal::sim
