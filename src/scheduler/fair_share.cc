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

ClientTable::Place ClientTable::See(microseconds now, std::uint64_t client) {
  const Place place = PlaceOf(now, client);
  Entry& entry = entries_[place];
  entry.seen = now;
  if (entry.recent) {
    recent_.splice(recent_.end(), recent_, entry.position);
    return place;
  }
  if (unused_.empty()) unused_.push_back(0);
  unused_.front() = place;
  recent_.splice(recent_.end(), unused_, unused_.begin());
  entry.position = std::prev(recent_.end());
  entry.recent = true;
  return place;
}

int ClientTable::Seen(microseconds now) {
  while (!recent_.empty() && now - entries_[recent_.front()].seen > kRecent) {
    entries_[recent_.front()].recent = false;
    unused_.splice(unused_.end(), recent_, recent_.begin());
  }
  return static_cast<int>(recent_.size());
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
  Seen(now);
  for (int i = 0; i < 16; ++i) {
    const Place place = sweep_;
    sweep_ = (sweep_ + 1) % kMaxClients;
    Entry& entry = entries_[place];
    const bool idle = !entry.recent && entry.queued == std::array<Cost, kQueues>{};
    if (!idle) continue;
    places_.erase(entry.client);
    entry = {.client = client};
    places_.emplace(client, place);
    return place;
  }
  return static_cast<Place>(client % kMaxClients);
}

}  // namespace shoal
