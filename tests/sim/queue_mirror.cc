#include "queue_mirror.h"

#include <algorithm>

namespace shoal::sim {

using std::chrono::microseconds;

namespace {

constexpr microseconds kUrgentSlot{16'000};
constexpr microseconds kPatientSlot{128'000};

}  // namespace

void QueueMirror::Advance(microseconds now) {
  if (kind_ == QueueKind::kBulk) return;
  first_ = now / (kind_ == QueueKind::kUrgent ? kUrgentSlot : kPatientSlot);
}

std::int64_t QueueMirror::SlotOf(microseconds key) const {
  if (kind_ == QueueKind::kBulk) return 0;
  const microseconds width = kind_ == QueueKind::kUrgent ? kUrgentSlot : kPatientSlot;
  return std::clamp(key / width, first_, first_ + kSlots - 1);
}

PlaceKey QueueMirror::PushBack(std::int64_t slot, TextRef text, Cost cost) {
  const PlaceKey key = {std::max(slot, first_), true, next_++};
  texts_.emplace(key, text);
  costs_[key.slot] += cost;
  cost_ += cost;
  return key;
}

PlaceKey QueueMirror::PushFront(std::int64_t slot, TextRef text, Cost cost) {
  slot = std::max(slot, first_);
  // Slots of the past were folded into the first one: it goes before them, too.
  if (slot == first_ && !texts_.empty()) slot = std::min(slot, texts_.begin()->first.slot);
  const PlaceKey key = {slot, false, next_++};
  texts_.emplace(key, text);
  costs_[key.slot] += cost;
  cost_ += cost;
  return key;
}

void QueueMirror::Erase(const PlaceKey& key, Cost cost) {
  texts_.erase(key);
  cost_ -= cost;
  const auto place = costs_.find(key.slot);
  place->second -= cost;
  if (place->second == 0) costs_.erase(place);
}

Cost QueueMirror::CostThrough(std::int64_t slot) const {
  Cost cost = 0;
  for (const auto& [at, of_slot] : costs_) {
    if (at > slot) break;
    cost += of_slot;
  }
  return cost;
}

}  // namespace shoal::sim
