// What waits, in the order of one key per item, fixed at admission: its deadline, or its arrival
// for those that go first.
//
// Keys fall into a ring of 512 buckets of equal width; first come first served inside a bucket.
// Keys of the past share the first bucket, those beyond the ring the last. Order up to a bucket is
// all that a deadline needs, and it makes everything cheap: entering and leaving from anywhere is
// O(1) and allocates nothing (items carry their own links), and both tests of admission are one
// pass over the buckets that hold something.
//
// A bucket also keeps the smallest latest start of its items, with the guard that a newcomer may
// use up: half of it for most, a third for those of high priority. It is stale after a removal,
// which is safe: it says less room than there is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

#include "scheduler/cost.h"

namespace shoal {

struct LatestStart {
  std::chrono::microseconds normal{0};
  std::chrono::microseconds high{0};
};

// What an item needs to stand in a ring. It must not move while it is queued.
struct QueueNode {
  QueueNode* next = nullptr;
  QueueNode* previous = nullptr;
  std::int64_t bucket = 0;  // of its key; it stands in the first bucket once that is past
  Cost cost = 0;
  LatestStart latest{};
  bool queued = false;
};

// What a newcomer's room depends on: when the work before a bucket would begin.
struct RoomQuestion {
  std::int64_t bucket = 0;             // of the newcomer
  Cost cost = 0;                       // of the newcomer
  bool high = false;                   // of the newcomer
  std::chrono::microseconds start{0};  // now and what already runs
  double speed = 0;                    // of this queue, cost per µs
  Cost batch_cost = 0;                 // of a full batch
  Cost ahead = 0;                      // that goes before the whole queue
};

// Not thread-safe.
class QueueRing {
 public:
  static constexpr std::int64_t kBuckets = 512;

  explicit QueueRing(std::chrono::microseconds width) : width_(width) {}
  QueueRing(const QueueRing&) = delete;
  QueueRing& operator=(const QueueRing&) = delete;

  // Buckets of the past are folded into the first one. `now` never goes back.
  void Advance(std::chrono::microseconds now);

  std::int64_t BucketOf(std::chrono::microseconds key) const;
  // `node.cost`, `node.latest` and `node.bucket` (BucketOf its key) are set.
  void PushBack(QueueNode& node);
  // Before all others of its old bucket: it has waited already.
  void PushFront(QueueNode& node);
  void Erase(QueueNode& node);

  // In order; null at the end.
  QueueNode* First() const;
  QueueNode* Next(const QueueNode& node) const;

  // Of all buckets up to and with this one.
  Cost CostThrough(std::int64_t bucket) const;
  // How much too late the worst-hit item behind the newcomer would start; 0: there is room. It also
  // counts an item that is late without the newcomer: nothing may go before that one.
  std::chrono::microseconds RoomShortfall(const RoomQuestion& question) const;

  Cost cost() const { return cost_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::int64_t first_bucket() const { return first_; }
  std::chrono::microseconds width() const { return width_; }
  // Of one bucket, first_bucket() .. first_bucket() + kBuckets - 1.
  Cost bucket_cost(std::int64_t bucket) const { return buckets_[Index(bucket)].cost; }
  // A bucket at or after this one that holds something; first_bucket() + kBuckets: none.
  std::int64_t NextBucket(std::int64_t bucket) const;

 private:
  static constexpr std::chrono::microseconds kNever = std::chrono::microseconds::max();

  struct Bucket {
    QueueNode* first = nullptr;
    QueueNode* last = nullptr;
    Cost cost = 0;
    LatestStart latest{kNever, kNever};
  };

  static std::size_t Index(std::int64_t bucket) {
    return static_cast<std::size_t>(bucket & (kBuckets - 1));
  }
  std::int64_t Standing(const QueueNode& node) const { return std::max(node.bucket, first_); }
  void Enter(QueueNode& node, Bucket& bucket);
  void Fold(Bucket& from, Bucket& into);
  void Mark(std::int64_t bucket, bool holds);

  const std::chrono::microseconds width_;
  std::int64_t first_ = 0;
  std::array<Bucket, kBuckets> buckets_{};
  std::array<std::uint64_t, kBuckets / 64> holds_{};  // by index: the bucket holds something
  Cost cost_ = 0;
  std::size_t size_ = 0;
};

}  // namespace shoal
