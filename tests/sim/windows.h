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

// Calls that were admitted, and how many of them came late: for the sum over many seeds.
struct Tally {
  std::uint64_t admitted = 0;
  std::uint64_t late = 0;

  void Add(const Tally& other) {
    admitted += other.admitted;
    late += other.late;
  }
  // At most one in a hundred is late.
  bool good() const { return late * 100 <= admitted; }
};

// Which queues hold something.
using Waiting = std::array<bool, kQueueKinds>;

// Not thread-safe.
class Windows {
 public:
  Windows(const Scenario& scenario, Failures& failures)
      : scenario_(scenario), failures_(failures) {}

  // A batch from a queue; `waiting` as it was before. urgent_fits: urgent work still waits that
  // would be in time on its lane.
  void OnDispatch(microseconds now, QueueKind kind, Cost cost, const Waiting& waiting,
                  bool urgent_fits);
  void OnText(microseconds now, std::uint64_t client, Cost cost);
  // A queue that was empty has work; `queued` cost waits in the urgent one.
  void OnPatientBegins(Cost queued);
  void AfterStep(microseconds now, const Waiting& waiting);
  void OnArrived(microseconds now, CallId call, Cost cost);
  // head_start: it came when a lane was idle and needed more than that lane.
  void OnFinished(const FinishCall& finish, Cost cost, bool head_start);
  // The run is over.
  void AtEnd();

  // Plays in which nothing goes wrong: with one lane, and head starts with more.
  const Tally& one_lane() const { return one_lane_; }
  const Tally& head_starts() const { return head_starts_; }
  // Nothing may be late in this play.
  bool PromisesHold() const;

 private:
  // Cost by queue while something held without a break.
  struct Window {
    bool holds = false;
    microseconds since{0};
    Cost behind = 0;  // cost that patient work had to let pass at `since`, as its part
    std::array<Cost, kQueueKinds> cost{};
  };

  bool SharesHold() const;
  bool ClientsHold() const;
  void Roll(Window& window, microseconds now, bool holds);
  double Part(const Window& window, QueueKind kind, Cost more = 0) const;
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
  Tally one_lane_;
  Tally head_starts_;
};

}  // namespace shoal::sim
