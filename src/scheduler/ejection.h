// Workers that are told to stay away: whoever stalled or kept failing, for twice as long each time.
// Ten good batches make up for it. Never the last one, and never below half of the lanes: a pool
// that sends everybody away serves nobody.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace shoal {

// May `leaving` of `present` lanes be sent away, when `away` others are away already?
constexpr bool MayEject(int leaving, int present, int away) {
  const int left = present - leaving;
  return left > 0 && 2 * left >= present + away;
}

// By worker id. Bounded: those that may come back go first. Not thread-safe.
class EjectionTable {
 public:
  // Sends it away from now on; returns for how long.
  std::chrono::microseconds Eject(std::chrono::microseconds now, std::string_view worker_id,
                                  int lanes);
  // How long it must stay away still.
  std::chrono::microseconds StayAway(std::chrono::microseconds now,
                                     std::string_view worker_id) const;
  void OnGoodBatch(std::string_view worker_id);
  // Lanes of all that must stay away.
  int LanesAway(std::chrono::microseconds now) const;
  bool empty() const { return workers_.empty(); }

 private:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::chrono::microseconds kFirst{1'000'000};
  static constexpr std::chrono::microseconds kLongest{60'000'000};
  static constexpr int kGoodBatches = 10;

  struct Worker {
    int times = 0;  // sent away without ten good batches in between
    int good = 0;
    int lanes = 0;
    std::chrono::microseconds until{0};
  };
  std::map<std::string, Worker, std::less<>> workers_;
};

}  // namespace shoal
