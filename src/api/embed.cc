#include "api/embed.h"

namespace shoal {

std::string_view Name(WorkerState state) {
  switch (state) {
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kLate:
      return "late";
    case WorkerState::kEjected:
      return "ejected";
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kDrained:
      return "drained";
    case WorkerState::kLost:
      return "lost";
  }
  return "unknown";
}

}  // namespace shoal
