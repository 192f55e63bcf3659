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

// Order inside one queue: by bucket; what came back before what waits for the first time; then
// first come, first served (what came back has no order among itself).
struct PlaceKey {
  std::int64_t bucket = 0;
  bool first_time = true;
  std::uint64_t sequence = 0;
  auto Tuple() const { return std::tuple(bucket, first_time, sequence); }
  friend bool operator<(const PlaceKey& a, const PlaceKey& b) { return a.Tuple() < b.Tuple(); }
  // Must go before the other.
  bool Before(const PlaceKey& other) const {
    if (bucket != other.bucket) return bucket < other.bucket;
    if (first_time != other.first_time) return !first_time;
    return first_time && sequence < other.sequence;
  }
};

// Not thread-safe.
class QueueMirror {
 public:
  explicit QueueMirror(QueueKind kind) : kind_(kind) {}

  void Advance(std::chrono::microseconds now);
  std::int64_t BucketOf(std::chrono::microseconds key) const;
  // `bucket` is its place as fixed when it was admitted.
  PlaceKey PushBack(std::int64_t bucket, TextRef text, Cost cost);
  PlaceKey PushFront(std::int64_t bucket, TextRef text, Cost cost);
  void Erase(const PlaceKey& key, Cost cost);

  bool empty() const { return texts_.empty(); }
  std::size_t size() const { return texts_.size(); }
  Cost cost() const { return cost_; }
  Cost CostThrough(std::int64_t bucket) const;
  const std::map<PlaceKey, TextRef>& texts() const { return texts_; }

 private:
  static constexpr std::int64_t kBuckets = 512;

  QueueKind kind_;
  std::int64_t first_ = 0;
  std::uint64_t next_ = 0;
  std::map<PlaceKey, TextRef> texts_;
  std::map<std::int64_t, Cost> costs_;  // by bucket
  Cost cost_ = 0;
};

}  // namespace shoal::sim
