// What a run reached. A reason that no seed gives and a state that no worker is in are rules that
// nothing checks, so the full run fails on them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/scheduler.h"

namespace shoal::sim {

// Ordered, so that it prints the same everywhere. Not thread-safe.
class Coverage {
 public:
  void Finished(const FinishCall& finish);
  void Sent(SendReason reason);
  void State(WorkerState state);
  void Closed(std::string_view why);
  void Fault(std::string_view kind);
  void Play(std::string_view play);
  // Of one scheduler at its end.
  void Counters(const SchedulerCounters& counters);
  void Add(const Coverage& other);

  // "finish.overloaded" ... with its count, in order.
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }
  // What must be reached and was not.
  std::vector<std::string> Missing() const;

 private:
  void Count(std::string_view group, std::string_view name, std::uint64_t by = 1);

  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace shoal::sim
