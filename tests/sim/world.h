// One seed, played: clients, coordinator, network and workers in virtual time, and the checker that
// watches them. Two phases: safety (whatever the scenario draws goes wrong), then liveness (all is
// well again, and everything has to converge).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checker.h"
#include "clients.h"
#include "coordinator_model.h"
#include "coverage.h"
#include "failures.h"
#include "network.h"
#include "scenario.h"
#include "shared.h"
#include "trace.h"
#include "worker_model.h"

namespace shoal::sim {

// Not thread-safe; several worlds may run on several threads.
class World {
 public:
  World(const Scenario& scenario, const Mutant& mutant, bool print_trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // To the end, or to the first broken invariant.
  void Run();

  const Failures& failures() const { return failures_; }
  const Coverage& coverage() const { return coverage_; }
  const Trace& trace() const { return trace_; }
  std::uint64_t events() const { return events_; }
  const Checker& checker() const { return checker_; }

 private:
  void Handle(Event& event);
  void Deliver(Event& event);
  void Arrivals(Event& event);
  void BeginFault(std::size_t index);
  void EndFault(std::size_t index);
  void BeginNetworkFault(const Fault& fault, bool begins);
  // The liveness phase.
  void Heal();
  void Watch();
  void WatchWorkers();
  void PourWork();
  double Slowdown() const;
  void WatchQueue();
  bool AllEnded() const;

  enum class Phase : std::uint8_t {
    kSafety,
    kWorkersReturn,
    kPour,
    kQueueEmpties,
    kCallsEnd,
    kOver
  };
  void Enter(Phase phase);
  void HangUp(Phase next);

  const Scenario scenario_;
  const Mutant mutant_;
  Timeline time_;
  Trace trace_;
  Network network_;
  Clients clients_;
  Coverage coverage_;
  Failures failures_;
  Checker checker_;
  Shared shared_;
  CoordinatorModel coordinator_;
  std::vector<std::unique_ptr<WorkerModel>> workers_;  // twins after the others
  std::vector<char> fault_active_;                     // by its index
  std::vector<microseconds> usable_by_;                // by worker
  std::vector<CallId> made_;
  Phase phase_ = Phase::kSafety;
  microseconds empty_by_{0};
  microseconds ended_by_{0};
  std::uint64_t events_ = 0;
};

}  // namespace shoal::sim
