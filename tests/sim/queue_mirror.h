// What must be waiting, in the order in which it must leave: kept from events and actions alone, in
// plain ordered maps, beside the scheduler's rings.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <tuple>

#include "scheduler/scheduler.h"

namespace shoal::sim {

struct TextRef {
  CallId call = 0;
  std::uint32_t index = 0;
  friend bool operator==(const TextRef&, const TextRef&) = default;
};

// Order inside one queue: by slot; what came back before what waits for the first time; then first
// come, first served (what came back has no order among itself).
struct PlaceKey {
  std::int64_t slot = 0;
  bool first_time = true;
  std::uint64_t sequence = 0;
  auto Tuple() const { return std::tuple(slot, first_time, sequence); }
  friend bool operator<(const PlaceKey& a, const PlaceKey& b) { return a.Tuple() < b.Tuple(); }
  // Must go before the other.
  bool Before(const PlaceKey& other) const {
    if (slot != other.slot) return slot < other.slot;
    if (first_time != other.first_time) return !first_time;
    return first_time && sequence < other.sequence;
  }
};

// Not thread-safe.
class QueueMirror {
 public:
  explicit QueueMirror(QueueKind kind) : kind_(kind) {}

  void Advance(std::chrono::microseconds now);
  std::int64_t SlotOf(std::chrono::microseconds key) const;
  // `slot` is its place as fixed when it was admitted.
  PlaceKey PushBack(std::int64_t slot, TextRef text, Cost cost);
  PlaceKey PushFront(std::int64_t slot, TextRef text, Cost cost);
  void Erase(const PlaceKey& key, Cost cost);

  bool empty() const { return texts_.empty(); }
  std::size_t size() const { return texts_.size(); }
  Cost cost() const { return cost_; }
  Cost CostThrough(std::int64_t slot) const;
  const std::map<PlaceKey, TextRef>& texts() const { return texts_; }

 private:
  static constexpr std::int64_t kSlots = 512;

  QueueKind kind_;
  std::int64_t first_ = 0;
  std::uint64_t next_ = 0;
  std::map<PlaceKey, TextRef> texts_;
  std::map<std::int64_t, Cost> costs_;  // by slot
  Cost cost_ = 0;
};

}  // namespace shoal::sim
