#include "bench/statistics.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/check.h"

namespace shoal {

Summary Summarise(std::vector<double> values) {
  CHECK(!values.empty(), "a summary is of something");
  std::sort(values.begin(), values.end());
  return {.p10 = values[values.size() / 10],
          .p50 = values[values.size() / 2],
          .mean = std::accumulate(values.begin(), values.end(), 0.0) /
                  static_cast<double>(values.size()),
          .count = values.size()};
}

double ThreadCpuSeconds() {
  timespec time{};
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0, "Linux counts a thread's CPU time");
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double StolenSeconds() {
  std::FILE* file = std::fopen("/proc/stat", "r");
  if (file == nullptr) return 0;
  unsigned long long stolen = 0;  // cpu user nice system idle iowait irq softirq steal
  const int found = std::fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &stolen);
  std::fclose(file);
  return found == 1 ? static_cast<double>(stolen) / static_cast<double>(sysconf(_SC_CLK_TCK)) : 0;
}

void Samples::Add(const Elapsed& elapsed, double operations) {
  cpu_.push_back(elapsed.cpu / operations);
  total_.wall += elapsed.wall;
  total_.cpu += elapsed.cpu;
}

Summary Samples::CpuRate() const {
  const Summary times = Summarise(cpu_);
  return {.p10 = 1 / times.p10, .p50 = 1 / times.p50, .mean = 1 / times.mean, .count = times.count};
}

double Samples::lost() const { return std::max(0.0, 1 - total_.cpu / total_.wall); }

}  // namespace shoal
