// A client is a place in a table. Each queue keeps its recent clients in a list, who asked last at
// the end. To count those of the last second, the old ones are taken off the front and the size is
// read: O(1) per request on average, where a map from client to time would be walked. List nodes
// move between the lists, so nothing is allocated once they exist.
//
// A full table looks at the next 16 places for a client that is gone. If there is none, the
// newcomer shares a place by hash: two clients then count as one.
#include "scheduler/fair_share.h"

#include <algorithm>

namespace shoal {

using std::chrono::microseconds;

namespace {

constexpr microseconds kRecent{1'000'000};

}  // namespace

Cost ExcessOfShare(const ShareQuestion& question) {
  if (question.clients < 2 || question.queued <= 0) return 0;
  const double time =
      static_cast<double>(std::min(question.until_deadline, question.horizon).count());
  const Cost part = static_cast<Cost>(question.speed * time / question.clients);
  return question.queued + question.cost - std::max(question.least, part);
}

ClientTable::Place ClientTable::See(microseconds now, std::uint64_t client, std::size_t queue) {
  const Place place = PlaceOf(now, client);
  InQueue& entry = entries_[place].queues.at(queue);
  std::list<Place>& recent = recent_.at(queue);
  entry.seen = now;
  if (entry.recent) {
    recent.splice(recent.end(), recent, entry.position);
    return place;
  }
  if (unused_.empty()) unused_.push_back(0);
  unused_.front() = place;
  recent.splice(recent.end(), unused_, unused_.begin());
  entry.position = std::prev(recent.end());
  entry.recent = true;
  return place;
}

int ClientTable::Seen(microseconds now, std::size_t queue) {
  std::list<Place>& recent = recent_.at(queue);
  while (!recent.empty()) {
    InQueue& oldest = entries_[recent.front()].queues.at(queue);
    if (now - oldest.seen <= kRecent) break;
    oldest.recent = false;
    unused_.splice(unused_.end(), recent, recent.begin());
  }
  return static_cast<int>(recent.size());
}

bool ClientTable::Idle(const Entry& entry) {
  return std::all_of(entry.queues.begin(), entry.queues.end(),
                     [](const InQueue& queue) { return !queue.recent && queue.queued == 0; });
}

ClientTable::Place ClientTable::PlaceOf(microseconds now, std::uint64_t client) {
  const auto found = places_.find(client);
  if (found != places_.end()) return found->second;
  if (entries_.size() < kMaxClients) {
    entries_.push_back({.client = client});
    const Place place = static_cast<Place>(entries_.size() - 1);
    places_.emplace(client, place);
    return place;
  }
  // The place of somebody who is gone, among the next few; else one shared by hash.
  for (std::size_t queue = 0; queue < kQueues; ++queue) Seen(now, queue);
  for (int i = 0; i < 16; ++i) {
    const Place place = sweep_;
    sweep_ = (sweep_ + 1) % kMaxClients;
    Entry& entry = entries_[place];
    if (!Idle(entry)) continue;
    places_.erase(entry.client);
    entry = {.client = client};
    places_.emplace(client, place);
    return place;
  }
  return static_cast<Place>(client % kMaxClients);
}

}  // namespace shoal
