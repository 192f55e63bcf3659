// What a run of a world comes to: shares, percentiles, and throughput against the capacity.
#pragma once

#include <cstdint>
#include <vector>

#include "table_policy.h"
#include "table_trace.h"
#include "table_world.h"

namespace shoal::table {

// One kind of calls of one or several runs.
class CallFigures {
 public:
  // `record` has ended.
  void Add(const CallRecord& record);
  void Merge(const CallFigures& other);

  std::int64_t offered() const { return offered_; }
  std::int64_t admitted() const { return offered_ - refused_; }
  std::int64_t broken() const { return broken_; }
  // Of those offered; 0 if there was none.
  double RefusedShare() const;
  // Late or dropped, of those admitted.
  double BrokenShare() const;
  // Answered in time, of those offered.
  double OkShare() const;
  // Time until the answer of those that came in time, ms, at `share` of them; 0 if there was none.
  double LatencyMs(double share) const;

 private:
  std::int64_t offered_ = 0;
  std::int64_t refused_ = 0;
  std::int64_t broken_ = 0;
  std::vector<std::int64_t> ok_us_;
};

struct Figures {
  CallFigures with_deadline;
  CallFigures without_deadline;
  double good_cost = 0;  // answered in time, of calls that ended inside the window
  double window_us = 0;
  double executed = 0;  // cost
  double useful = 0;    // cost
  std::uint64_t batches = 0;
  std::uint64_t second_attempts = 0;
  std::uint64_t closed_workers = 0;
  double mean_refused = 0;  // mean of the shares of the runs
  int runs = 0;

  CallFigures All() const;
  double GoodPerUs() const { return window_us > 0 ? good_cost / window_us : 0; }
  // Executed for nobody or twice, of all that was executed.
  double WastedShare() const { return executed > 0 ? (executed - useful) / executed : 0; }
  // Executed beyond what was useful, of what was useful.
  double ExtraShare() const { return useful > 0 ? (executed - useful) / useful : 0; }
};

// The first second of a run is left out: queues fill.
inline constexpr microseconds kWarmUp{1'000'000};

// Adds one run to what several come to.
void AddRun(const Trace& trace, const Outcome& outcome, Figures& figures);

// Runs worlds and remembers capacities.
class Laboratory {
 public:
  // Every figure comes from the seeds 1 .. seeds.
  explicit Laboratory(int seeds) : seeds_(seeds) {}

  int seeds() const { return seeds_; }
  // Cost per µs of Shoal when callers without a deadline keep it full.
  double Capacity(const Pool& pool, Texts texts);
  // Load is a multiple of `capacity`, that of the pool itself if it is 0.
  Figures Measure(PolicyKind kind, const Pool& pool, const TraceOptions& options,
                  double capacity = 0);
  Figures MeasureCrowd(const Pool& pool, const CrowdOptions& options);

 private:
  struct Known {
    Pool pool;
    Texts texts;
    double capacity;
  };

  const int seeds_;
  std::vector<Known> known_;
};

}  // namespace shoal::table
