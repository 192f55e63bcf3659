// The deadlines of open calls, earliest first.
//
// An ordered set, because anything may leave from the middle (answered, cancelled, failed). Nodes
// are kept for reuse, so a queue that has reached its size allocates nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "base/check.h"

namespace shoal {

// Where an entry stands; `rank` is unique within its queue.
struct QueueKey {
  std::chrono::microseconds when{0};
  std::int64_t rank = 0;
  CallId call = 0;

  friend bool operator<(const QueueKey& a, const QueueKey& b) {
    return a.when != b.when ? a.when < b.when : a.rank < b.rank;
  }
};

// Not thread-safe. Every operation O(log n).
class DeadlineQueue {
 public:
  // Behind all others of the same time. The key takes the entry out again.
  QueueKey Push(std::chrono::microseconds when, CallId call) {
    return Insert({when, ++last_rank_, call});
  }

  void Erase(const QueueKey& key) {
    auto node = entries_.extract(key);
    CHECK(!node.empty(), "a key leaves its queue once");
    spare_.push_back(std::move(node));
  }

  // Not for an empty queue.
  const QueueKey& front() const { return *entries_.begin(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

 private:
  QueueKey Insert(const QueueKey& key) {
    if (spare_.empty()) {
      entries_.insert(key);
      return key;
    }
    auto node = std::move(spare_.back());
    spare_.pop_back();
    node.value() = key;
    entries_.insert(std::move(node));
    return key;
  }

  std::set<QueueKey> entries_;
  std::vector<std::set<QueueKey>::node_type> spare_;
  std::int64_t last_rank_ = 0;
};

}  // namespace shoal
