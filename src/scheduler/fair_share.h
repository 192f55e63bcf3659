// Who asks, how much of each has queued, and how much may be.
//
// A client alone may fill a queue. While others ask for the same queue, one that has something
// queued there may have only its part of what that queue can do in time; one call is always
// allowed. Who asks for another queue takes nothing of this one: the queues have shares of their
// own (queue_share.h). A table of bounded size: beyond 1,024 clients at one time, newcomers share
// places by their hash.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "scheduler/cost.h"

namespace shoal {

// A client that has `queued` cost in a queue asks for `cost` more. It is one of `clients`. Its
// share is its part of what a queue of `speed` (cost per µs) does until the deadline, at most in
// `horizon`; `least` is allowed in any case.
struct ShareQuestion {
  Cost queued = 0;
  Cost cost = 0;
  Cost least = 0;
  double speed = 0;
  std::chrono::microseconds until_deadline{0};
  std::chrono::microseconds horizon{0};
  int clients = 1;
};
// The cost above the share; 0 or less: it may come in.
Cost ExcessOfShare(const ShareQuestion& question);

// Not thread-safe.
class ClientTable {
 public:
  using Place = std::uint32_t;
  static constexpr std::size_t kQueues = 2;
  static constexpr std::size_t kMaxClients = 1024;

  // The client asks for `queue` now.
  Place See(std::chrono::microseconds now, std::uint64_t client, std::size_t queue);
  // Clients that asked for `queue` in the last second.
  int Seen(std::chrono::microseconds now, std::size_t queue);

  void Add(Place place, std::size_t queue, Cost cost) {
    entries_[place].queues.at(queue).queued += cost;
  }
  void Remove(Place place, std::size_t queue, Cost cost) { Add(place, queue, -cost); }
  Cost queued(Place place, std::size_t queue) const {
    return entries_[place].queues.at(queue).queued;
  }

 private:
  struct InQueue {
    std::chrono::microseconds seen{0};
    Cost queued = 0;
    bool recent = false;                  // in recent_ of the queue
    std::list<Place>::iterator position;  // recent: its place there
  };
  struct Entry {
    std::uint64_t client = 0;
    std::array<InQueue, kQueues> queues{};
  };

  Place PlaceOf(std::chrono::microseconds now, std::uint64_t client);
  static bool Idle(const Entry& entry);

  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, Place> places_;
  // Of each queue: asked in the last second, who asked last at the end.
  std::array<std::list<Place>, kQueues> recent_;
  std::list<Place> unused_;  // nodes kept
  Place sweep_ = 0;
};

}  // namespace shoal
