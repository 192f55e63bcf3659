// The calls that are open, each with its items, and the order in which they came. Memory of
// finished calls is kept for the next ones.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "base/check.h"
#include "scheduler/cost.h"
#include "scheduler/deadline_queue.h"
#include "scheduler/fair_share.h"
#include "scheduler/queue_ring.h"

namespace shoal {

// The queues. Shares: queue_share.h.
enum class QueueKind : std::uint8_t { kUrgent, kPatient, kBulk };
inline constexpr std::size_t kQueueKinds = 3;
// "urgent", "patient", "bulk".
constexpr std::string_view Name(QueueKind kind) {
  constexpr std::string_view kNames[kQueueKinds] = {"urgent", "patient", "bulk"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Where a text is, or may be.
struct Copy {
  AttachmentId attachment = 0;
  BatchId batch = 0;  // 0: no copy
};

struct Call;

// One text of a call. It waits, or is at one or two workers, or both: what was taken back from a
// late worker waits again, and the first answer wins.
struct Item : QueueNode {
  Call* call = nullptr;
  std::uint32_t index = 0;        // within its call
  std::uint32_t length = 0;       // tokens
  std::uint32_t attempt = 0;      // times sent, without those that were given back
  std::uint64_t fingerprint = 0;  // 0: none
  bool done = false;
  bool alone = false;  // must not share a batch: it failed, or is suspected
  std::array<Copy, 2> copies{};

  // At workers.
  int Running() const {
    int running = 0;
    for (const Copy& copy : copies) running += copy.batch != 0;
    return running;
  }
  bool HasCopy(BatchId batch) const {
    return std::any_of(copies.begin(), copies.end(),
                       [batch](const Copy& copy) { return copy.batch == batch; });
  }
  void AddCopy(const Copy& added) {
    for (Copy& copy : copies) {
      if (copy.batch != 0) continue;
      copy = added;
      return;
    }
    CHECK(false, "an item is at no more than two workers");
  }
  // False if it had none of this batch.
  bool DropCopy(BatchId batch) {
    for (Copy& copy : copies) {
      if (copy.batch != batch) continue;
      copy = {};
      return true;
    }
    return false;
  }
};

struct Call {
  CallId id = 0;
  std::chrono::microseconds deadline{0};
  std::chrono::microseconds arrived{0};
  std::size_t bytes = 0;
  Cost cost = 0;
  Cost longest_text = 0;
  Priority priority = Priority::kNormal;
  QueueKind kind = QueueKind::kUrgent;
  std::uint64_t client_key = 0;
  ClientTable::Place client = 0;
  bool admitted = false;
  bool waiting = false;   // until a worker is there, to be decided on then
  ItemId first_item = 0;  // the items have consecutive ids
  std::vector<Item> items{};
  std::size_t queued = 0;   // items in the queue
  std::size_t open = 0;     // items not done
  QueueKey deadline_key{};  // its place among all deadlines
  Call* older = nullptr;    // in order of arrival
  Call* newer = nullptr;
};

// Not thread-safe. Pointers, also to items, stay good until the call is removed.
class CallTable {
 public:
  // A call without items, the newest; `id` was never there before.
  Call& Add(CallId id) {
    Call& call = Place(id);
    call.older = newest_;
    (newest_ == nullptr ? oldest_ : newest_->newer) = &call;
    newest_ = &call;
    return call;
  }

  // Null if it is not open.
  Call* Find(CallId id) {
    const auto place = calls_.find(id);
    return place == calls_.end() ? nullptr : &place->second;
  }

  void Remove(CallId id) {
    auto node = calls_.extract(id);
    CHECK(!node.empty(), "a call ends once");
    const Call& call = node.mapped();
    (call.older == nullptr ? oldest_ : call.older->newer) = call.newer;
    (call.newer == nullptr ? newest_ : call.newer->older) = call.older;
    spare_.push_back(std::move(node));
  }

  std::size_t size() const { return calls_.size(); }
  // By arrival; null if there is none.
  Call* oldest() const { return oldest_; }

 private:
  Call& Place(CallId id) {
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

  std::unordered_map<CallId, Call> calls_;
  std::vector<std::unordered_map<CallId, Call>::node_type> spare_;
  Call* oldest_ = nullptr;
  Call* newest_ = nullptr;
};

}  // namespace shoal
