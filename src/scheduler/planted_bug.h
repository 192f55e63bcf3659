// Mistakes that the simulation plants on purpose, one at a time, to prove that its checks would see
// them. Each is a rule of the scheduler left out or turned round. Product code sets none.
#pragma once

#include <cstdint>

namespace shoal {

enum class PlantedBug : std::uint8_t {
  kNone,
  kRequeueAtTail,
  kDeadlineResetOnRequeue,
  kSecondResultDelivered,
  kOwnBucketLeftOut,
  kBlameNotCleared,
  kTimerNotDisarmed,
  kBatchOutOfOrder,
  kDrainedWorkerUsed,
  kPatientStarves,
  kPatientTakesMore,
  kSecondAttemptEarly,
  kSecondAttemptBudgetIgnored,
  kSpeedOfSlowestLane,
  kRoundTripLeftOut,
  kShareInBatches,
  kBalanceNotCarried,
  kRoomSkipped,
  kGuardSkipped,
  kLaneInfeasibleAnswered,
  kTimersRunInPause,
  kResetBlamed,
  kBackPressureBlamed,
  kInfeasibleKept,
  kElephantUnlimited,
  kProbeLeftOut,
};

}  // namespace shoal
