// What becomes of workers, as events: what each was before says what a new state means. A worker
// that flaps does not flood: it is late, recovers and gets second attempts at most once in ten
// seconds each, as far as is told.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "api/embed.h"
#include "base/status.h"
#include "dashboard/recent_events.h"

namespace shoal {

// Not thread-safe.
class WorkerEvents {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kQuiet{10};
  // Of workers that are gone so many are remembered at least; a worker that is not joins anew.
  static constexpr std::size_t kMostGone = 1024;

  // It is in another state; `fault` says what is wrong with it, if something is.
  std::optional<RecentEvent> Changed(TimePoint now, const WorkerInfo& worker, const Status& fault);
  // It gets what is late elsewhere.
  std::optional<RecentEvent> SecondAttempt(TimePoint now, const WorkerInfo& worker);

 private:
  using Told = std::optional<TimePoint>;
  struct Known {
    WorkerState state = WorkerState::kStarting;
    bool attached = false;
    std::string incarnation;  // empty: it was never here
    Told late, recovered, second_attempt;
    bool late_is_told = false;  // of the time that it is late now
  };

  static std::optional<EventKind> KindOf(const Known& before, const WorkerInfo& worker);
  static bool IsTold(TimePoint now, EventKind kind, Known& known);
  static bool Admit(TimePoint now, Told& last);
  Known& Find(const std::string& id);

  std::map<std::string, Known, std::less<>> known_;  // by id
};

}  // namespace shoal
