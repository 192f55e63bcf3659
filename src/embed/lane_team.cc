#include "embed/lane_team.h"

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
  opened_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void LaneTeam::Run(std::size_t count, const Job& job) {
  if (count == 0) return;
  List list{.job = job, .count = count};
  MutexLock lock(mutex_);
  open_.push_back(&list);
  opened_.NotifyAll();
  while (list.done < count) finished_.Wait(mutex_);
}

void LaneTeam::Work(std::size_t lane) {
  while (const std::optional<Task> task = Take()) {
    task->list->job(lane, task->index);
    Finish(*task->list);
  }
}

// Waits for a job; none when the team closes.
std::optional<LaneTeam::Task> LaneTeam::Take() {
  MutexLock lock(mutex_);
  while (open_.empty() && !closing_) opened_.Wait(mutex_);
  if (closing_) return std::nullopt;
  List& list = *open_.front();
  const Task task{.list = &list, .index = list.begun++};
  if (list.begun == list.count) open_.pop_front();
  return task;
}

void LaneTeam::Finish(List& list) {
  MutexLock lock(mutex_);
  if (++list.done == list.count) finished_.NotifyAll();
}

}  // namespace shoal
