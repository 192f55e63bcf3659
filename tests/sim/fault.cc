#include "fault.h"

namespace shoal::sim {

std::string_view Name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kKill:
      return "kill";
    case FaultKind::kPowerLoss:
      return "power_loss";
    case FaultKind::kCrashAtStart:
      return "crash_at_start";
    case FaultKind::kCrashDuring:
      return "crash_during";
    case FaultKind::kCrashAfter:
      return "crash_after";
    case FaultKind::kPause:
      return "pause";
    case FaultKind::kSlow:
      return "slow";
    case FaultKind::kStall:
      return "stall";
    case FaultKind::kHang:
      return "hang";
    case FaultKind::kStolen:
      return "stolen";
    case FaultKind::kSick:
      return "sick";
    case FaultKind::kWrongStatus:
      return "wrong_status";
    case FaultKind::kClockJump:
      return "clock_jump";
    case FaultKind::kTwin:
      return "twin";
    case FaultKind::kBroken:
      return "broken";
    case FaultKind::kSigterm:
      return "sigterm";
    case FaultKind::kOperatorDrain:
      return "operator_drain";
    case FaultKind::kReset:
      return "reset";
    case FaultKind::kPartition:
      return "partition";
    case FaultKind::kPartitionUp:
      return "partition_up";
    case FaultKind::kPartitionDown:
      return "partition_down";
    case FaultKind::kClog:
      return "clog";
    case FaultKind::kCoordinatorKill:
      return "coordinator_kill";
    case FaultKind::kCoordinatorPause:
      return "coordinator_pause";
    case FaultKind::kCoordinatorJump:
      return "coordinator_jump";
    case FaultKind::kCoordinatorDrain:
      return "coordinator_drain";
  }
  return "?";
}

}  // namespace shoal::sim
