#include "coordinator/tokenize_pool.h"

#include <utility>

#include "base/check.h"

namespace shoal {

TokenizePool::TokenizePool(std::size_t threads, std::size_t jobs_per_thread) {
  CHECK(threads > 0, "a pool has threads");
  for (std::size_t i = 0; i < threads; ++i) {
    members_.push_back(std::make_unique<Member>(jobs_per_thread));
    Member& member = *members_.back();
    member.thread = std::thread([&member] {
      std::vector<Job> jobs;
      while (member.queue.TakeAll(jobs, std::chrono::steady_clock::time_point::max())) {
        for (Job& job : jobs) job();
      }
    });
  }
}

TokenizePool::~TokenizePool() {
  for (const auto& member : members_) member->queue.Close();
  for (const auto& member : members_) member->thread.join();
}

bool TokenizePool::TryRun(Job job) {
  const std::size_t turn = next_.fetch_add(1, std::memory_order_relaxed);
  return members_[turn % members_.size()]->queue.TryPush(std::move(job));
}

}  // namespace shoal
