// A slot holds a list whose links are in the items themselves, and the sum of their cost. A bitmap
// of 512 bits says which slots hold something, so a walk over the ring skips empty ones 64 at a
// time. Time only folds: when it passes a slot, the slot's list is joined to the first one in O(1),
// its items as they are.
//
//   first_               SlotOf(key)                first_ + 511
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
  Slot past;
  for (std::int64_t slot = NextSlot(first_); slot < std::min(first, first_ + kSlots);
       slot = NextSlot(slot)) {
    Fold(slots_[Index(slot)], past);
    Mark(slot, false);
  }
  first_ = first;
  if (past.first == nullptr) return;
  Slot& into = slots_[Index(first_)];
  Fold(into, past);
  into = past;
  Mark(first_, true);
}

std::int64_t QueueRing::SlotOf(microseconds key) const {
  return std::clamp<std::int64_t>(key / width_, first_, first_ + kSlots - 1);
}

void QueueRing::PushBack(QueueNode& node) {
  Slot& slot = slots_[Index(Standing(node))];
  node.next = nullptr;
  node.previous = slot.last;
  (slot.last == nullptr ? slot.first : slot.last->next) = &node;
  slot.last = &node;
  Enter(node, slot);
}

void QueueRing::PushFront(QueueNode& node) {
  Slot& slot = slots_[Index(Standing(node))];
  node.previous = nullptr;
  node.next = slot.first;
  (slot.first == nullptr ? slot.last : slot.first->previous) = &node;
  slot.first = &node;
  Enter(node, slot);
}

void QueueRing::Enter(QueueNode& node, Slot& slot) {
  CHECK(!node.queued, "an item waits in one place");
  node.queued = true;
  slot.cost += node.cost;
  slot.latest.normal = std::min(slot.latest.normal, node.latest.normal);
  slot.latest.high = std::min(slot.latest.high, node.latest.high);
  Mark(Standing(node), true);
  cost_ += node.cost;
  ++size_;
}

void QueueRing::Erase(QueueNode& node) {
  CHECK(node.queued, "only what waits can leave");
  node.queued = false;
  Slot& slot = slots_[Index(Standing(node))];
  (node.previous == nullptr ? slot.first : node.previous->next) = node.next;
  (node.next == nullptr ? slot.last : node.next->previous) = node.previous;
  slot.cost -= node.cost;
  cost_ -= node.cost;
  --size_;
  if (slot.first != nullptr) return;
  slot = {};
  Mark(Standing(node), false);
}

QueueNode* QueueRing::First() const {
  return empty() ? nullptr : slots_[Index(NextSlot(first_))].first;
}

QueueNode* QueueRing::Next(const QueueNode& node) const {
  if (node.next != nullptr) return node.next;
  const std::int64_t slot = NextSlot(Standing(node) + 1);
  return slot == first_ + kSlots ? nullptr : slots_[Index(slot)].first;
}

Cost QueueRing::CostThrough(std::int64_t last) const {
  Cost cost = 0;
  for (std::int64_t slot = NextSlot(first_); slot <= last && slot < first_ + kSlots;
       slot = NextSlot(slot + 1)) {
    cost += slots_[Index(slot)].cost;
  }
  return cost;
}

microseconds QueueRing::RoomShortfall(const RoomQuestion& question) const {
  Cost through = question.ahead;
  microseconds worst{0};
  for (std::int64_t at = NextSlot(first_); at < first_ + kSlots; at = NextSlot(at + 1)) {
    const Slot& slot = slots_[Index(at)];
    through += slot.cost;
    if (at <= question.slot) continue;
    const Cost before = through + question.cost - std::min(question.batch_cost, slot.cost);
    const microseconds start =
        question.start + RoundUp(static_cast<double>(before) / question.speed);
    worst = std::max(worst, start - (question.high ? slot.latest.high : slot.latest.normal));
  }
  return worst;
}

std::int64_t QueueRing::NextSlot(std::int64_t slot) const {
  const std::int64_t end = first_ + kSlots;
  while (slot < end) {
    const std::size_t index = Index(slot);
    const std::uint64_t word = holds_[index / 64] >> (index % 64);
    if (word != 0) return std::min(end, slot + std::countr_zero(word));
    slot += static_cast<std::int64_t>(64 - index % 64);
  }
  return end;
}

void QueueRing::Fold(Slot& from, Slot& into) {
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

void QueueRing::Mark(std::int64_t slot, bool holds) {
  const std::size_t index = Index(slot);
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  if (holds) {
    holds_[index / 64] |= bit;
  } else {
    holds_[index / 64] &= ~bit;
  }
}

}  // namespace shoal
