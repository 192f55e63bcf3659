// The calls that are open, each with its items. Memory of finished calls is kept for the next ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "base/check.h"
#include "scheduler/cost.h"
#include "scheduler/deadline_queue.h"

namespace shoal {

enum class ItemState : std::uint8_t { kQueued, kSent, kDone };

// One text of a call.
struct Item {
  std::uint32_t length = 0;   // tokens
  std::uint32_t attempt = 0;  // times sent, without those that were given back
  Cost cost = 0;
  ItemState state = ItemState::kQueued;
  bool alone = false;   // was in a failed batch
  QueueKey key{};       // kQueued: its place
  AttachId attach = 0;  // kSent: where it is
  BatchId batch = 0;    // kSent
};

struct Call {
  CallId id = 0;
  std::chrono::microseconds deadline{0};
  std::chrono::microseconds arrived{0};
  std::size_t bytes = 0;
  ItemId first_item = 0;  // the items have consecutive ids
  std::vector<Item> items{};
  std::size_t queued = 0;   // items in the queue
  std::size_t open = 0;     // items not done
  QueueKey deadline_key{};  // its place among all deadlines
  QueueKey waiting_key{};   // queued > 0: its place among those that wait, by arrival
};

// Not thread-safe. Pointers stay good until the call is removed.
class CallTable {
 public:
  // An empty call; `id` was never there before.
  Call& Add(CallId id) {
    if (spare_.empty()) {
      const auto [place, added] = calls_.try_emplace(id);
      CHECK(added, "a call arrives once");
      place->second.id = id;
      return place->second;
    }
    auto node = std::move(spare_.back());
    spare_.pop_back();
    std::vector<Item> items = std::move(node.mapped().items);
    items.clear();
    node.key() = id;
    node.mapped() = Call{.id = id};
    node.mapped().items = std::move(items);
    auto inserted = calls_.insert(std::move(node));
    CHECK(inserted.inserted, "a call arrives once");
    return inserted.position->second;
  }

  // Null if it is not open.
  Call* Find(CallId id) {
    const auto place = calls_.find(id);
    return place == calls_.end() ? nullptr : &place->second;
  }

  void Remove(CallId id) { spare_.push_back(calls_.extract(id)); }

  std::size_t size() const { return calls_.size(); }

 private:
  std::unordered_map<CallId, Call> calls_;
  std::vector<std::unordered_map<CallId, Call>::node_type> spare_;
};

}  // namespace shoal
