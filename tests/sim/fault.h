// The menu of what can go wrong.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace shoal::sim {

enum class FaultKind : std::uint8_t {
  // of one worker
  kKill,          // the process is gone, its sockets are closed
  kPowerLoss,     // the machine is gone: nobody is told
  kCrashAtStart,  // at its next batch: before, in the middle of, and after the computation
  kCrashDuring,
  kCrashAfter,
  kPause,        // SIGSTOP: nothing of it moves; then it goes on
  kSlow,         // executes `factor` times slower for a while
  kStall,        // one lane computes much too long
  kHang,         // a forward that does not end: it aborts itself after a minute
  kStolen,       // for a while one batch in ten loses 50 ms
  kSick,         // for a while every item fails
  kWrongStatus,  // for a while one item in ten is called failed
  kClockJump,    // its clock jumps ahead
  kTwin,         // another process of the same id dials
  kBroken,       // it sends a grant that breaks the protocol
  kSigterm,      // drains by itself and exits; comes back later
  kOperatorDrain,
  // of its connection
  kReset,          // the connection breaks; both ends are alive
  kPartition,      // nothing gets through, either way
  kPartitionUp,    // nothing gets to the coordinator
  kPartitionDown,  // nothing gets to the worker
  kClog,           // every message takes much longer
  // of the coordinator
  kCoordinatorKill,
  kCoordinatorPause,
  kCoordinatorJump,   // its clock jumps ahead
  kCoordinatorDrain,  // SIGTERM: it refuses newcomers, finishes and exits; comes back later
};
inline constexpr int kFaultKinds = 26;

// "kill", "power_loss" ...
std::string_view Name(FaultKind kind);

// At `at`, to worker number `worker`, for `lasts`.
struct Fault {
  std::chrono::microseconds at{0};
  FaultKind kind = FaultKind::kKill;
  std::uint32_t worker = 0;
  std::chrono::microseconds lasts{0};
  double factor = 1;
};

}  // namespace shoal::sim
