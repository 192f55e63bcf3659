// Who asks, how much of each has queued, and how much may be.
//
// A client alone may fill the queue. While others are there too, one that has something queued may
// have only its part of what the queue can do in time; one request is always allowed. A table of
// bounded size: beyond 1,024 clients at one time, newcomers share places by their hash.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "scheduler/cost.h"

namespace shoal {

// May a client have `queued` cost in a queue, its newcomer of `cost` included? It is one of `n`
// clients; `least` is allowed in any case, the rest is its part of what a queue of `speed` (cost per
// µs) does until the deadline, at most `horizon`.
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

  // The client asks now.
  Place See(std::chrono::microseconds now, std::uint64_t client);
  // Clients that asked in the last second.
  int Seen(std::chrono::microseconds now);

  void Add(Place place, std::size_t queue, Cost cost) { entries_[place].queued.at(queue) += cost; }
  void Remove(Place place, std::size_t queue, Cost cost) { Add(place, queue, -cost); }
  Cost queued(Place place, std::size_t queue) const { return entries_[place].queued.at(queue); }

 private:
  struct Entry {
    std::uint64_t client = 0;
    std::chrono::microseconds seen{0};
    std::array<Cost, kQueues> queued{};
    bool recent = false;                  // in recent_
    std::list<Place>::iterator position;  // recent: its place there
  };

  Place PlaceOf(std::chrono::microseconds now, std::uint64_t client);

  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, Place> places_;
  std::list<Place> recent_;  // asked in the last second, who asked last at the end
  std::list<Place> unused_;  // nodes kept
  Place sweep_ = 0;
};

}  // namespace shoal
