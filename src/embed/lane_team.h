// Threads that work off lists of jobs, the oldest list first. A lane that finds no job left in one
// list goes on with the next, while others still work on the first. So every lane stays busy as
// long as the caller has the next list ready before one ends.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace shoal {

// Thread-safe.
class LaneTeam {
 public:
  explicit LaneTeam(std::size_t lane_count);
  // Nobody may be in Run.
  ~LaneTeam();
  LaneTeam(const LaneTeam&) = delete;
  LaneTeam& operator=(const LaneTeam&) = delete;

  using Job = std::function<void(std::size_t lane, std::size_t index)>;
  // Calls job(lane, i) once for every i below `count`, on lanes 0 .. lane_count - 1. Jobs of one
  // lane never overlap, not even with those of other lists. Lower indexes start first. Returns when
  // all are done.
  void Run(std::size_t count, const Job& job) EXCLUDES(mutex_);

  std::size_t lane_count() const { return threads_.size(); }

 private:
  struct List {
    const Job& job;
    const std::size_t count;
    std::size_t begun = 0;
    std::size_t done = 0;
  };
  struct Task {
    List* list;  // lives until Run has seen that all is done
    std::size_t index;
  };
  void Work(std::size_t lane) EXCLUDES(mutex_);
  std::optional<Task> Take() EXCLUDES(mutex_);
  void Finish(List& list) EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar opened_;                             // a list has come, or the end
  CondVar finished_;                           // all of a list is done
  std::deque<List*> open_ GUARDED_BY(mutex_);  // lists with jobs that nobody has begun
  bool closing_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace shoal
