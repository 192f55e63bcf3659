// Which slots of a fixed set of children to start, and when. A slot is running, or waits for its
// start. Only says what to do: whoever owns the children does it and tells what happened.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "process/restart_backoff.h"

namespace shoal {

// Not thread-safe.
class RestartPlan {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Every slot is due at once.
  explicit RestartPlan(std::size_t slot_count) : slots_(slot_count) {}

  // The slots to start now, ascending; none once stopped.
  std::vector<std::size_t> Due(TimePoint now) const;
  // When the first of the waiting slots is due; nullopt if none waits or ever will again.
  std::optional<TimePoint> NextStart() const;

  void Started(std::size_t slot);
  // The child of `slot` proved itself: its next death is forgiven.
  void Ready(std::size_t slot);
  // The child of `slot` ended, or could not even be started.
  void Died(std::size_t slot, TimePoint now);
  // Nothing is started any more.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  struct Slot {
    std::optional<TimePoint> start_at = TimePoint::min();  // nullopt: running
    RestartBackoff backoff;
  };

  std::vector<Slot> slots_;
  bool stopped_ = false;
};

}  // namespace shoal
