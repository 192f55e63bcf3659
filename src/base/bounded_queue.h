// Many threads push, one takes everything that is there: the inbox of a thread that owns its state.
//
//   BoundedQueue<Event> inbox(1024);
//   inbox.TryPush(event)            false: full or closed. The caller answers "overloaded".
//   inbox.PushAlways(event)         for what must not be dropped and is bounded by other means
//   inbox.TakeAll(events, until)    swaps everything out; waits for something, until `until`
//   inbox.TakeWhatIsThere(events)   swaps everything out; for who waits by other means
//
// Taking all at once means one lock per wake-up of the owner, not one per event.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace shoal {

// Thread-safe.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  bool TryPush(T item) EXCLUDES(mutex_) { return Push(std::move(item), capacity_); }

  // Over the capacity too; false only when closed.
  bool PushAlways(T item) EXCLUDES(mutex_) { return Push(std::move(item), ~std::size_t{0}); }

  // Replaces the content of `out` by everything queued. Waits until there is something, `until` has
  // come, or the queue is closed. False: closed and empty, nothing will ever come.
  bool TakeAll(std::vector<T>& out, std::chrono::steady_clock::time_point until) EXCLUDES(mutex_) {
    out.clear();
    MutexLock lock(mutex_);
    while (items_.empty() && !closed_) {
      if (!filled_.WaitUntil(mutex_, until)) break;
    }
    out.swap(items_);
    return !(closed_ && out.empty());
  }

  // The same without waiting. False: nothing was there.
  bool TakeWhatIsThere(std::vector<T>& out) EXCLUDES(mutex_) {
    out.clear();
    MutexLock lock(mutex_);
    out.swap(items_);
    return !out.empty();
  }

  // Nothing can be pushed any more; what is queued can still be taken.
  void Close() EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    filled_.NotifyAll();
  }

 private:
  bool Push(T item, std::size_t bound) EXCLUDES(mutex_) {
    bool was_empty = false;
    {
      MutexLock lock(mutex_);
      if (closed_ || items_.size() >= bound) return false;
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) filled_.NotifyOne();
    return true;
  }

  const std::size_t capacity_;
  Mutex mutex_;
  CondVar filled_;
  std::vector<T> items_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace shoal
