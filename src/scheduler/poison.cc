#include "scheduler/poison.h"

namespace shoal {

using std::chrono::microseconds;

int PoisonTable::Blame(microseconds now, Fingerprint text) {
  const auto found = places_.find(text);
  if (found == places_.end()) {
    if (entries_.size() == kMost) {
      places_.erase(entries_.front().text);
      entries_.pop_front();
    }
    entries_.push_back({.text = text, .blame = 1, .last = now});
    places_.emplace(text, std::prev(entries_.end()));
    return 1;
  }
  Entry& entry = *found->second;
  const bool over = entry.blame >= kBan && now - entry.last > kBanTime;
  entry.blame = over ? 1 : entry.blame + 1;
  entry.last = now;
  entries_.splice(entries_.end(), entries_, found->second);
  return entry.blame;
}

void PoisonTable::Clear(Fingerprint text) {
  const auto found = places_.find(text);
  if (found == places_.end()) return;
  entries_.erase(found->second);
  places_.erase(found);
}

int PoisonTable::blame(microseconds now, Fingerprint text) const {
  const auto found = places_.find(text);
  if (found == places_.end()) return 0;
  const Entry& entry = *found->second;
  return entry.blame >= kBan && now - entry.last > kBanTime ? 0 : entry.blame;
}

}  // namespace shoal
