// What can happen to a worker.
#include <algorithm>
#include <utility>

#include "worker_model.h"

namespace shoal::sim {

void WorkerModel::Begin(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kKill:
      return Die(true, true);
    case FaultKind::kPowerLoss:
      return Die(false, false);
    case FaultKind::kCrashAtStart:
      crash_ = CrashPlan::kAtStart;
      return;
    case FaultKind::kCrashDuring:
      crash_ = CrashPlan::kDuring;
      return;
    case FaultKind::kCrashAfter:
      crash_ = CrashPlan::kAfter;
      return;
    case FaultKind::kPause:
      ++paused_;
      return;
    case FaultKind::kSlow:
      slow_ = fault.factor;
      return;
    case FaultKind::kStall:
      stall_ = fault.lasts;
      return;
    case FaultKind::kHang:
      hung_ = true;
      return;
    case FaultKind::kStolen:
      ++stolen_;
      return;
    case FaultKind::kSick:
      ++sick_;
      return;
    case FaultKind::kWrongStatus:
      ++wrong_;
      return;
    case FaultKind::kClockJump:
      clock_ += fault.lasts;
      return Turn();
    case FaultKind::kTwin:
      return Start();
    case FaultKind::kBroken:
      broken_ = true;
      return;
    case FaultKind::kSigterm:
      if (!up() || draining_) return;
      draining_ = true;
      agent_->Drain();
      return Turn();
    default:
      return;  // of the network or the coordinator
  }
}

void WorkerModel::End(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kPowerLoss:
      if (!up() && stays_away_) Start();
      return;
    case FaultKind::kSigterm:
      if (!up() && stays_away_) Start();
      back_after_exit_ = up() && draining_;
      return;
    case FaultKind::kPause: {
      if (--paused_ > 0 || !up()) return;
      std::deque<Event> inbox = std::exchange(inbox_, {});
      const std::uint32_t life = life_;
      for (Event& event : inbox) {
        if (life != life_) return;
        if (event.kind == EventKind::kLaneDone) {
          LaneDone(static_cast<std::uint32_t>(event.a), event.b);
        } else {
          OnPacket(event.a, std::move(*event.packet));
        }
      }
      return Turn();
    }
    case FaultKind::kSlow:
      slow_ = 1;
      return;
    case FaultKind::kHang:
      if (std::exchange(hung_, false)) Die(true, true);
      return;
    case FaultKind::kStolen:
      --stolen_;
      return;
    case FaultKind::kSick:
      --sick_;
      return;
    case FaultKind::kWrongStatus:
      --wrong_;
      return;
    case FaultKind::kTwin:
      return Die(true, false);
    default:
      return;
  }
}

void WorkerModel::Heal() {
  if (spec_.twin) return Die(true, false);
  healed_ = true;
  back_after_exit_ = up() && draining_;
  crash_ = CrashPlan::kNone;
  broken_ = crash_after_ = false;
  stall_ = microseconds(0);
  // A forward that would go on for long is as good as hung.
  for (const auto* batches : {&held_, &orphans_}) {
    for (const auto& [id, held] : *batches) {
      if (held.ends > shared_.time.now() + microseconds(2'000'000)) hung_ = true;
    }
  }
  if (std::exchange(hung_, false)) Die(true, true);
  if (!up() && stays_away_) Start();
}

}  // namespace shoal::sim
