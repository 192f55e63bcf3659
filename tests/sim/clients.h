// The callers: they send, cancel, and try again when they are refused.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/rng.h"
#include "call_record.h"
#include "scenario.h"
#include "sim_event.h"

namespace shoal::sim {

// Not thread-safe.
class Clients {
 public:
  Clients(Timeline& time, const Scenario& scenario);

  // Plans the first call of every group.
  void Begin();
  // No calls from now on.
  void Stop() { stopped_ = true; }

  // The calls that a group makes now. `clock`: what the coordinator's clock shows.
  void Arrive(std::uint32_t group, microseconds clock, std::vector<CallId>& made);
  // The same call again; 0: the caller has given up.
  CallId Again(CallId refused, microseconds clock);
  // `cost` of texts without a deadline, in calls of one text each: for the liveness phase.
  void Pour(Cost cost, microseconds clock, std::vector<CallId>& made);
  // The answer. Plans a retry if the caller wants one.
  void Answered(CallId call, Verdict verdict, std::chrono::milliseconds retry_after);
  // The connection to the coordinator broke.
  void Lost(CallId call) { At(call).ended = true; }

  CallRecord& At(CallId call) { return calls_[call - 1]; }
  const CallRecord& At(CallId call) const { return calls_[call - 1]; }
  std::size_t count() const { return calls_.size(); }

 private:
  CallRecord& Make(std::uint32_t group, microseconds clock);
  void PlanCancel(const CallRecord& call);

  static constexpr std::uint32_t kMostTries = 6;

  Timeline& time_;
  const Scenario& scenario_;
  Rng rng_;
  std::deque<CallRecord> calls_;  // by id - 1
  std::int32_t next_text_ = kSharedTexts;
  bool stopped_ = false;
};

}  // namespace shoal::sim
