// What only shows over seconds: shares of the queues, shares of the clients, goodput after trouble,
// and promises that were broken. Fed by the checker, for the plays in which it must hold.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "call_record.h"
#include "failures.h"
#include "scenario.h"
#include "scheduler/scheduler.h"

namespace shoal::sim {

// Which queues hold something.
using Waiting = std::array<bool, kQueueKinds>;

// Not thread-safe.
class Windows {
 public:
  Windows(const Scenario& scenario, Failures& failures)
      : scenario_(scenario), failures_(failures) {}

  // A batch from a queue; `waiting` as it was before.
  void OnDispatch(microseconds now, QueueKind kind, Cost cost, const Waiting& waiting);
  void OnText(microseconds now, std::uint64_t client, Cost cost);
  // A queue that was empty has work; `queued` cost waits in the urgent one.
  void OnPatientBegins(Cost queued);
  void AfterStep(microseconds now, const Waiting& waiting);
  void OnArrived(microseconds now, CallId call, Cost cost);
  void OnFinished(const FinishCall& finish, Cost cost);
  // The run is over.
  void AtEnd();

  // Of calm plays with one lane, for the sum over many seeds.
  std::uint64_t one_lane_accepted() const { return one_lane_accepted_; }
  std::uint64_t one_lane_late() const { return one_lane_late_; }

 private:
  // Cost by queue while something held without a break.
  struct Window {
    bool holds = false;
    microseconds since{0};
    std::array<Cost, kQueueKinds> cost{};
  };

  bool SharesHold() const;
  bool ClientsHold() const;
  void Roll(Window& window, microseconds now, bool holds);
  double Part(const Window& window, QueueKind kind) const;
  void Fail(int invariant, const std::string& what) { failures_.Fail(invariant, what); }

  const Scenario& scenario_;
  Failures& failures_;
  Window patient_;    // patient work waits
  Window bulk_;       // bulk waits, and something else does
  Window both_;       // urgent and patient work wait
  Cost balance_ = 0;  // what patient work is owed
  std::map<std::uint64_t, Cost> by_client_;
  std::map<CallId, Cost> after_trigger_;  // calls that came then
  Cost offered_after_ = 0;
  Cost served_after_ = 0;
  std::uint64_t one_lane_accepted_ = 0;
  std::uint64_t one_lane_late_ = 0;
};

}  // namespace shoal::sim
