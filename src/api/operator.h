// What an operator may ask of a coordinator that runs.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"

namespace shoal {

// Implemented by the coordinator. Thread-safe.
class OperatorHandler {
 public:
  using Done = std::function<void(Status)>;

  virtual ~OperatorHandler() = default;

  // A drained worker stays attached and gets no batch; what it has is awaited. This outlives its
  // restarts, until it is resumed or the coordinator ends. `done` is called once, on any thread,
  // when Info shows the new state. NOT_FOUND: no worker of that id was ever attached; names those
  // that were. UNAVAILABLE: the coordinator is ending.
  virtual void SetWorkerDrained(std::string worker_id, bool drained, Done done) = 0;
};

}  // namespace shoal
