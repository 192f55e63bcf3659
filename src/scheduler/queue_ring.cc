// A bucket holds a list whose links are in the items themselves, and the sum of their cost. A
// bitmap of 512 bits says which buckets hold something, so a walk over the ring skips empty ones 64
// at a time. Time only folds: when it passes a bucket, the bucket's list is joined to the first one
// in O(1), its items as they are.
//
//   first_               BucketOf(key)                first_ + 511
//   [past and now] [ ] [3 items] [ ] [ ] [1 item] ... [all beyond]
//
// A heap by exact key would order better than a deadline needs. It could not answer in one pass how
// much goes before a newcomer, and whom behind it the newcomer would make late.
#include "scheduler/queue_ring.h"

#include <algorithm>

#include "base/check.h"
#include "scheduler/pool_view.h"

namespace shoal {

using std::chrono::microseconds;

void QueueRing::Advance(microseconds now) {
  const std::int64_t first = now / width_;
  if (first <= first_) return;
  Bucket past;
  for (std::int64_t bucket = NextBucket(first_); bucket < std::min(first, first_ + kBuckets);
       bucket = NextBucket(bucket)) {
    Fold(buckets_[Index(bucket)], past);
    Mark(bucket, false);
  }
  first_ = first;
  if (past.first == nullptr) return;
  Bucket& into = buckets_[Index(first_)];
  Fold(into, past);
  into = past;
  Mark(first_, true);
}

std::int64_t QueueRing::BucketOf(microseconds key) const {
  return std::clamp<std::int64_t>(key / width_, first_, first_ + kBuckets - 1);
}

void QueueRing::PushBack(QueueNode& node) {
  Bucket& bucket = buckets_[Index(Standing(node))];
  node.next = nullptr;
  node.previous = bucket.last;
  (bucket.last == nullptr ? bucket.first : bucket.last->next) = &node;
  bucket.last = &node;
  Enter(node, bucket);
}

void QueueRing::PushFront(QueueNode& node) {
  Bucket& bucket = buckets_[Index(Standing(node))];
  node.previous = nullptr;
  node.next = bucket.first;
  (bucket.first == nullptr ? bucket.last : bucket.first->previous) = &node;
  bucket.first = &node;
  Enter(node, bucket);
}

void QueueRing::Enter(QueueNode& node, Bucket& bucket) {
  CHECK(!node.queued, "an item waits in one place");
  node.queued = true;
  bucket.cost += node.cost;
  bucket.latest.normal = std::min(bucket.latest.normal, node.latest.normal);
  bucket.latest.high = std::min(bucket.latest.high, node.latest.high);
  Mark(Standing(node), true);
  cost_ += node.cost;
  ++size_;
}

void QueueRing::Erase(QueueNode& node) {
  CHECK(node.queued, "only what waits can leave");
  node.queued = false;
  Bucket& bucket = buckets_[Index(Standing(node))];
  (node.previous == nullptr ? bucket.first : node.previous->next) = node.next;
  (node.next == nullptr ? bucket.last : node.next->previous) = node.previous;
  bucket.cost -= node.cost;
  cost_ -= node.cost;
  --size_;
  if (bucket.first != nullptr) return;
  bucket = {};
  Mark(Standing(node), false);
}

QueueNode* QueueRing::First() const {
  return empty() ? nullptr : buckets_[Index(NextBucket(first_))].first;
}

QueueNode* QueueRing::Next(const QueueNode& node) const {
  if (node.next != nullptr) return node.next;
  const std::int64_t bucket = NextBucket(Standing(node) + 1);
  return bucket == first_ + kBuckets ? nullptr : buckets_[Index(bucket)].first;
}

Cost QueueRing::CostThrough(std::int64_t last) const {
  Cost cost = 0;
  for (std::int64_t bucket = NextBucket(first_); bucket <= last && bucket < first_ + kBuckets;
       bucket = NextBucket(bucket + 1)) {
    cost += buckets_[Index(bucket)].cost;
  }
  return cost;
}

microseconds QueueRing::RoomShortfall(const RoomQuestion& question) const {
  Cost through = question.ahead;
  microseconds worst{0};
  for (std::int64_t at = NextBucket(first_); at < first_ + kBuckets; at = NextBucket(at + 1)) {
    const Bucket& bucket = buckets_[Index(at)];
    through += bucket.cost;
    if (at <= question.bucket) continue;
    const Cost before = through + question.cost - std::min(question.batch_cost, bucket.cost);
    const microseconds start =
        question.start + RoundUp(static_cast<double>(before) / question.speed);
    worst = std::max(worst, start - (question.high ? bucket.latest.high : bucket.latest.normal));
  }
  return worst;
}

std::int64_t QueueRing::NextBucket(std::int64_t bucket) const {
  const std::int64_t end = first_ + kBuckets;
  while (bucket < end) {
    const std::size_t index = Index(bucket);
    const std::uint64_t word = holds_[index / 64] >> (index % 64);
    if (word != 0) return std::min(end, bucket + std::countr_zero(word));
    bucket += static_cast<std::int64_t>(64 - index % 64);
  }
  return end;
}

void QueueRing::Fold(Bucket& from, Bucket& into) {
  if (from.first == nullptr) return;
  if (into.last != nullptr) {
    into.last->next = from.first;
    from.first->previous = into.last;
  } else {
    into.first = from.first;
  }
  into.last = from.last;
  into.cost += from.cost;
  into.latest.normal = std::min(into.latest.normal, from.latest.normal);
  into.latest.high = std::min(into.latest.high, from.latest.high);
  from = {};
}

void QueueRing::Mark(std::int64_t bucket, bool holds) {
  const std::size_t index = Index(bucket);
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  if (holds) {
    holds_[index / 64] |= bit;
  } else {
    holds_[index / 64] &= ~bit;
  }
}

}  // namespace shoal
