// Virtual time: what will happen, in the order in which it happens. Events of one instant come in
// the order in which they were added, so a run is the same on every machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"

namespace shoal::sim {

using std::chrono::microseconds;

// A binary heap of `Event` by time, ties by the sequence of Add. Not thread-safe.
template <typename Event>
class EventQueue {
 public:
  // Not before the last event that was taken.
  void Add(microseconds at, Event event) {
    CHECK(at >= now_, "nothing happens in the past");
    heap_.push_back({at, next_++, std::move(event)});
    Up(heap_.size() - 1);
  }

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  // Of the event that was taken last.
  microseconds now() const { return now_; }
  // When the next event happens. Not of an empty queue.
  microseconds next_at() const {
    CHECK(!heap_.empty(), "an empty queue has no next event");
    return heap_.front().at;
  }

  // Takes the next event and moves the time to it. Not of an empty queue.
  Event Pop() {
    CHECK(!heap_.empty(), "an empty queue has no next event");
    Entry first = std::move(heap_.front());
    now_ = first.at;
    if (heap_.size() > 1) heap_.front() = std::move(heap_.back());
    heap_.pop_back();
    if (!heap_.empty()) Down(0);
    return std::move(first.event);
  }

  void Clear() { heap_.clear(); }

 private:
  struct Entry {
    microseconds at{0};
    std::uint64_t sequence = 0;
    Event event;

    bool Before(const Entry& other) const {
      return at != other.at ? at < other.at : sequence < other.sequence;
    }
  };

  void Up(std::size_t i) {
    while (i > 0 && heap_[i].Before(heap_[(i - 1) / 2])) {
      std::swap(heap_[i], heap_[(i - 1) / 2]);
      i = (i - 1) / 2;
    }
  }

  void Down(std::size_t i) {
    for (;;) {
      std::size_t first = i;
      for (std::size_t child = 2 * i + 1; child <= 2 * i + 2 && child < heap_.size(); ++child) {
        if (heap_[child].Before(heap_[first])) first = child;
      }
      if (first == i) return;
      std::swap(heap_[i], heap_[first]);
      i = first;
    }
  }

  std::vector<Entry> heap_;
  std::uint64_t next_ = 0;
  microseconds now_{0};
};

}  // namespace shoal::sim
