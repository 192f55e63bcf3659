#include "mutant.h"

#include <array>

namespace shoal::sim {

namespace {

constexpr std::array kMutants = {
    Mutant{"requeue_at_tail", PlantedBug::kRequeueAtTail},
    Mutant{"deadline_reset_on_requeue", PlantedBug::kDeadlineResetOnRequeue},
    Mutant{"credit_counted_twice", PlantedBug::kNone, LinkBug::kCreditCountedTwice},
    Mutant{"cancel_lost", PlantedBug::kNone, LinkBug::kCancelLost},
    Mutant{"second_result_delivered", PlantedBug::kSecondResultDelivered},
    Mutant{"own_bucket_left_out", PlantedBug::kOwnBucketLeftOut},
    Mutant{"blame_not_cleared", PlantedBug::kBlameNotCleared},
    Mutant{"timer_not_disarmed", PlantedBug::kTimerNotDisarmed},
    Mutant{"batch_out_of_order", PlantedBug::kBatchOutOfOrder},
    Mutant{"drained_worker_used", PlantedBug::kDrainedWorkerUsed},
    Mutant{"stale_attachment_admitted", PlantedBug::kNone, LinkBug::kStaleAttachment},
    Mutant{"patient_starves", PlantedBug::kPatientStarves},
    Mutant{"patient_takes_more", PlantedBug::kPatientTakesMore},
    Mutant{"second_attempt_early", PlantedBug::kSecondAttemptEarly},
    Mutant{"second_attempt_budget_ignored", PlantedBug::kSecondAttemptBudgetIgnored},
    Mutant{"speed_of_slowest_lane", PlantedBug::kSpeedOfSlowestLane},
    Mutant{"round_trip_left_out", PlantedBug::kRoundTripLeftOut},
    Mutant{"share_in_batches", PlantedBug::kShareInBatches},
    Mutant{"balance_not_carried", PlantedBug::kBalanceNotCarried},
    Mutant{"room_skipped", PlantedBug::kRoomSkipped},
    Mutant{"guard_skipped", PlantedBug::kGuardSkipped},
    Mutant{"lane_infeasible_answered", PlantedBug::kLaneInfeasibleAnswered},
    Mutant{"timers_run_in_pause", PlantedBug::kTimersRunInPause},
    Mutant{"reset_blamed", PlantedBug::kResetBlamed},
    Mutant{"back_pressure_blamed", PlantedBug::kBackPressureBlamed},
    Mutant{"infeasible_kept", PlantedBug::kInfeasibleKept},
    Mutant{"elephant_unlimited", PlantedBug::kElephantUnlimited},
    Mutant{"probe_left_out", PlantedBug::kProbeLeftOut},
};

}  // namespace

std::span<const Mutant> Mutants() { return kMutants; }

}  // namespace shoal::sim
