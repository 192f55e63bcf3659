#include "queue_mirror.h"

#include <algorithm>

namespace shoal::sim {

using std::chrono::microseconds;

namespace {

constexpr microseconds kUrgentBucket{16'000};
constexpr microseconds kPatientBucket{128'000};

}  // namespace

void QueueMirror::Advance(microseconds now) {
  if (kind_ == QueueKind::kBulk) return;
  first_ = now / (kind_ == QueueKind::kUrgent ? kUrgentBucket : kPatientBucket);
}

std::int64_t QueueMirror::BucketOf(microseconds key) const {
  if (kind_ == QueueKind::kBulk) return 0;
  const microseconds width = kind_ == QueueKind::kUrgent ? kUrgentBucket : kPatientBucket;
  return std::clamp(key / width, first_, first_ + kBuckets - 1);
}

PlaceKey QueueMirror::PushBack(std::int64_t bucket, TextRef text, Cost cost) {
  const PlaceKey key = {std::max(bucket, first_), true, next_++};
  texts_.emplace(key, text);
  costs_[key.bucket] += cost;
  cost_ += cost;
  return key;
}

PlaceKey QueueMirror::PushFront(std::int64_t bucket, TextRef text, Cost cost) {
  bucket = std::max(bucket, first_);
  // Buckets of the past were folded into the first one: it goes before them, too.
  if (bucket == first_ && !texts_.empty()) bucket = std::min(bucket, texts_.begin()->first.bucket);
  const PlaceKey key = {bucket, false, next_++};
  texts_.emplace(key, text);
  costs_[key.bucket] += cost;
  cost_ += cost;
  return key;
}

void QueueMirror::Erase(const PlaceKey& key, Cost cost) {
  texts_.erase(key);
  cost_ -= cost;
  const auto place = costs_.find(key.bucket);
  place->second -= cost;
  if (place->second == 0) costs_.erase(place);
}

Cost QueueMirror::CostThrough(std::int64_t bucket) const {
  Cost cost = 0;
  for (const auto& [at, of_bucket] : costs_) {
    if (at > bucket) break;
    cost += of_bucket;
  }
  return cost;
}

}  // namespace shoal::sim
