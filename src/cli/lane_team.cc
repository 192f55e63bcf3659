#include "cli/lane_team.h"

#include "base/check.h"

namespace shoal {

LaneTeam::LaneTeam(std::size_t lane_count) {
  CHECK(lane_count > 0, "somebody has to do the work");
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    threads_.emplace_back([this, lane] { Work(lane); });
  }
}

LaneTeam::~LaneTeam() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void LaneTeam::Run(std::size_t count, const Job& job) {
  MutexLock lock(mutex_);
  next_ = 0;
  count_ = count;
  job_ = &job;
  busy_ = threads_.size();
  ++round_;
  changed_.NotifyAll();
  while (busy_ > 0) changed_.Wait(mutex_);
}

void LaneTeam::Work(std::size_t lane) {
  for (std::size_t seen = 0;; ++seen) {
    const Job* job = nullptr;
    std::size_t count = 0;
    {
      MutexLock lock(mutex_);
      while (round_ == seen && !closing_) changed_.Wait(mutex_);
      if (closing_) return;
      job = job_;
      count = count_;
    }
    for (std::size_t index = next_++; index < count; index = next_++) (*job)(lane, index);
    MutexLock lock(mutex_);
    if (--busy_ == 0) changed_.NotifyAll();
  }
}

}  // namespace shoal
