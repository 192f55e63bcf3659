// How many workers the offered load needs, for whoever starts and stops them.
//
//     need = offered / (speed of a worker · 0.7)        desired = need, rounded up, at least 1
//
// 70 %: up to there the pool loses a worker and fails nobody. The need moves both ways; the
// desired number is one to act on, where starting is cheap to undo and stopping is not:
//
// - up at once when the need exceeds it;
// - down when the need, with a twentieth to spare, has been below it for two minutes, to the
//   most that was needed meanwhile;
// - for a minute after a step down, up only if the need is a tenth more, and more than chance
//   explains: noise at the edge between two numbers must not move workers.
//
// It never says 0: whether nobody needs anything is not to be seen from a rate.
#pragma once

#include <chrono>

#include "scheduler/offered_load.h"
#include "scheduler/worker_table.h"

namespace shoal {

struct ScalingView {
  OfferedRate offered{};
  ReadyWorkers ready{};
  bool draining = false;  // this coordinator is
};

// Not thread-safe. Times never go back.
class ScalingSignal {
 public:
  static constexpr double kUtilisation = 0.7;

  // To be told about once a second, or more often.
  void Look(std::chrono::microseconds now, const ScalingView& view);

  // Workers, not rounded. 0: nothing is offered, or no worker was ever here to say how fast it is.
  double need() const { return need_; }
  int desired_workers() const { return desired_; }

 private:
  void LearnSpeed(std::chrono::microseconds now, const ScalingView& view);
  void Decide(std::chrono::microseconds now, double deviation);
  void Settle(std::chrono::microseconds now, int desired);

  bool started_ = false;
  std::chrono::microseconds began_{0};
  double worker_speed_ = 0;  // cost per µs; 0: not known yet
  bool learning_ = false;    // there is a worker
  std::chrono::microseconds learning_since_{0};
  std::chrono::microseconds speed_learned_{0};
  double need_ = 0;
  int desired_ = 1;
  // The need has been lower since then, at most so high.
  std::chrono::microseconds lower_since_{0};
  int most_since_ = 0;
  std::chrono::microseconds careful_until_{0};
};

}  // namespace shoal
