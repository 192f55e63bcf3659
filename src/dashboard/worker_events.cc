#include "dashboard/worker_events.h"

#include <utility>

#include "base/utf8.h"

namespace shoal {
namespace {

std::string LanesOf(const WorkerInfo& worker) {
  const std::string lanes = worker.lanes == 1 ? " lane" : " lanes";
  return std::to_string(worker.lanes) + lanes + " of " + worker.kernel_table;
}

// Behind the worker's name.
std::string What(EventKind kind, const WorkerInfo& worker, const std::string& fault) {
  switch (kind) {
    case EventKind::kJoined:
      return "joined with " + LanesOf(worker);
    case EventKind::kReturned:
      return "returned as a new process, with " + LanesOf(worker);
    case EventKind::kLost:
      return fault.empty() ? "left as the server ends" : "was lost: " + fault;
    case EventKind::kEjected:
      return "is sent away for a while" + (fault.empty() ? "" : ": " + fault);
    case EventKind::kLate:
      return "is late: a batch is overdue";
    case EventKind::kRecovered:
      return "is late no more: what was overdue is back";
    case EventKind::kDraining:
      return "drains: it finishes what it has, and leaves";
    case EventKind::kDrained:
      return worker.attached ? "is drained: an operator said so" : "has left after its drain";
    case EventKind::kResumed:
      return "gets work again: an operator said so";
    default:
      return "gets a batch that is late elsewhere";  // kSecondAttempt
  }
}

RecentEvent EventOf(EventKind kind, const WorkerInfo& worker, const std::string& fault) {
  const std::string name(CutUtf8(worker.id, RecentEvents::kMostOfId));
  return {.kind = kind,
          .text = name + " " + What(kind, worker, fault),
          .worker = worker.id,
          .incarnation = worker.incarnation};
}

}  // namespace

std::optional<RecentEvent> WorkerEvents::Changed(TimePoint now, const WorkerInfo& worker,
                                                 const Status& fault) {
  Known& known = Find(worker.id);
  const std::optional<EventKind> kind = KindOf(known, worker);
  known.state = worker.state;
  known.attached = worker.attached;
  known.incarnation = worker.incarnation;
  if (!kind || !IsTold(now, *kind, known)) return std::nullopt;
  return EventOf(*kind, worker, fault.ok() ? "" : fault.message());
}

std::optional<RecentEvent> WorkerEvents::SecondAttempt(TimePoint now, const WorkerInfo& worker) {
  if (!IsTold(now, EventKind::kSecondAttempt, Find(worker.id))) return std::nullopt;
  return EventOf(EventKind::kSecondAttempt, worker, "");
}

// Nothing: it changes nothing that anybody would want to hear of.
std::optional<EventKind> WorkerEvents::KindOf(const Known& before, const WorkerInfo& worker) {
  if (worker.state == WorkerState::kLost) return EventKind::kLost;
  if (worker.state == WorkerState::kEjected) return EventKind::kEjected;
  if (worker.state == WorkerState::kDraining) return EventKind::kDraining;
  if (!worker.attached) return EventKind::kDrained;
  if (!before.attached) {
    const bool is_new = !before.incarnation.empty() && before.incarnation != worker.incarnation;
    return is_new ? EventKind::kReturned : EventKind::kJoined;
  }
  if (worker.state == WorkerState::kDrained) return EventKind::kDrained;
  if (before.state == WorkerState::kDrained) return EventKind::kResumed;
  if (worker.state == WorkerState::kLate) return EventKind::kLate;
  if (before.state == WorkerState::kLate) return EventKind::kRecovered;
  return std::nullopt;
}

bool WorkerEvents::IsTold(TimePoint now, EventKind kind, Known& known) {
  switch (kind) {
    case EventKind::kLate:
      return known.late_is_told = Admit(now, known.late);
    case EventKind::kRecovered:
      return std::exchange(known.late_is_told, false) && Admit(now, known.recovered);
    case EventKind::kSecondAttempt:
      return Admit(now, known.second_attempt);
    default:
      return true;
  }
}

bool WorkerEvents::Admit(TimePoint now, Told& last) {
  if (last && now - *last < kQuiet) return false;
  last = now;
  return true;
}

WorkerEvents::Known& WorkerEvents::Find(const std::string& id) {
  const auto found = known_.find(id);
  if (found != known_.end()) return found->second;
  if (known_.size() >= kMostGone) {
    std::erase_if(known_, [](const auto& entry) { return !entry.second.attached; });
  }
  return known_[id];
}

}  // namespace shoal
