// What the parts of a world tell each other through time.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "api/worker_link.h"
#include "event_queue.h"

namespace shoal::sim {

// The attachment has ended: after what was sent before it, or (a reset) at once.
struct AttachmentEnd {};
using Packet = std::variant<AttachmentEnd, WorkerMessage, CoordinatorMessage>;

enum class Direction : std::uint8_t { kUp, kDown };  // to the coordinator, to the worker

enum class EventKind : std::uint8_t {
  kDeliver,  // a: attachment, b: direction; packet
  kCoordinatorTurn,
  kCoordinatorBack,  // after a kill or its own drain
  kWorkerTurn,       // who
  kWorkerStart,      // who
  kLaneDone,         // who, a: lane, b: batch, life: of the worker
  kCrash,            // who, life
  kArrival,          // who: client group
  kCancel,           // a: call
  kRetry,            // a: call that was refused
  kFault,            // a: index
  kFaultEnds,        // a: index
  kPhase,            // a: number
  kProbe,            // the liveness phase looks
};

struct Event {
  EventKind kind = EventKind::kPhase;
  std::uint32_t who = 0;
  std::uint32_t life = 0;  // of a worker: what was planned in an earlier one does not happen
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::unique_ptr<Packet> packet{};
};

using Timeline = EventQueue<Event>;

}  // namespace shoal::sim
