// Times of one piece of work, taken many times: what it costs, and what was lost to others.
//
// Thread CPU time repeats to 1 % on a shared machine where wall time does not, so shares of a peak
// are computed from it; the difference of the two is the time that the thread was not let run.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace shoal {

struct Summary {
  double p10 = 0;  // the fast decile of times
  double p50 = 0;
  double mean = 0;
  std::size_t count = 0;
};

// Of at least one value.
Summary Summarise(std::vector<double> values);

// Seconds that the calling thread has computed.
double ThreadCpuSeconds();

// Seconds that a hypervisor took from all cores since start, where it tells; else 0.
double StolenSeconds();

struct Elapsed {
  double wall = 0;  // seconds
  double cpu = 0;   // seconds of the calling thread
};

// Runs `work` once.
template <typename Work>
Elapsed Measure(Work&& work) {
  const auto wall = SystemClock().Now();
  const double cpu = ThreadCpuSeconds();
  work();
  const double cpu_after = ThreadCpuSeconds();
  return {.wall = std::chrono::duration<double>(SystemClock().Now() - wall).count(),
          .cpu = cpu_after - cpu};
}

// Seconds per operation, over samples of known numbers of operations. Not thread-safe.
class Samples {
 public:
  void Add(const Elapsed& elapsed, double operations);

  // Operations a CPU second at the fast decile of the times, at the median, and on average.
  Summary CpuRate() const;
  double first() const { return 1 / cpu_.front(); }  // operations a CPU second
  double last() const { return 1 / cpu_.back(); }
  // The share of wall time in which the thread did not run, 0 to 1.
  double lost() const;

 private:
  std::vector<double> cpu_;  // seconds per operation
  Elapsed total_;
};

}  // namespace shoal
