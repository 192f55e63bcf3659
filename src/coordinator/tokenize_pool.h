// Threads that tokenise what is too long to be tokenised where it arrives: a transport thread must
// not be held for more than 100 µs.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace shoal {

// Thread-safe.
class TokenizePool {
 public:
  using Job = std::function<void()>;

  // `threads` ≥ 1, each with a queue of `jobs_per_thread`.
  TokenizePool(std::size_t threads, std::size_t jobs_per_thread);
  // Runs what is queued, then joins.
  ~TokenizePool();

  // False when the queue whose turn it is is full.
  bool TryRun(Job job);

 private:
  struct Member {
    explicit Member(std::size_t jobs) : queue(jobs) {}
    BoundedQueue<Job> queue;
    std::thread thread;
  };
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace shoal
