#include "process/restart_plan.h"

#include "base/check.h"

namespace shoal {

std::vector<std::size_t> RestartPlan::Due(TimePoint now) const {
  std::vector<std::size_t> due;
  if (stopped_) return due;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].start_at.has_value() && *slots_[slot].start_at <= now) due.push_back(slot);
  }
  return due;
}

std::optional<RestartPlan::TimePoint> RestartPlan::NextStart() const {
  std::optional<TimePoint> next;
  if (stopped_) return next;
  for (const Slot& slot : slots_) {
    if (slot.start_at.has_value() && (!next.has_value() || *slot.start_at < *next)) {
      next = slot.start_at;
    }
  }
  return next;
}

void RestartPlan::Started(std::size_t slot) {
  CHECK(slots_.at(slot).start_at.has_value(), "a running slot is not started again");
  slots_[slot].start_at.reset();
}

void RestartPlan::Ready(std::size_t slot) {
  // A word about a child that has died meanwhile must not forgive the next one.
  if (!slots_.at(slot).start_at.has_value()) slots_[slot].backoff.Ready();
}

void RestartPlan::Died(std::size_t slot, TimePoint now) {
  Slot& dead = slots_.at(slot);
  dead.start_at = now + dead.backoff.Died();
}

}  // namespace shoal
