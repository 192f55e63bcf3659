// Threads that do one list of jobs together, then wait for the next list.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace shoal {

// Run is called by one thread at a time.
class LaneTeam {
 public:
  explicit LaneTeam(std::size_t lane_count);
  ~LaneTeam();
  LaneTeam(const LaneTeam&) = delete;
  LaneTeam& operator=(const LaneTeam&) = delete;

  using Job = std::function<void(std::size_t lane, std::size_t index)>;
  // job(lane, i) for every i below `count`, each once, on lanes 0 .. lane_count - 1; jobs of one
  // lane never overlap. Lower indexes start first. Returns when all are done.
  void Run(std::size_t count, const Job& job) EXCLUDES(mutex_);

  std::size_t lane_count() const { return threads_.size(); }

 private:
  void Work(std::size_t lane) EXCLUDES(mutex_);

  std::atomic<std::size_t> next_{0};  // index that the next free lane takes
  Mutex mutex_;
  CondVar changed_;
  std::size_t round_ GUARDED_BY(mutex_) = 0;  // lists begun
  std::size_t busy_ GUARDED_BY(mutex_) = 0;   // lanes that still work on this round
  std::size_t count_ GUARDED_BY(mutex_) = 0;
  const Job* job_ GUARDED_BY(mutex_) = nullptr;
  bool closing_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace shoal
