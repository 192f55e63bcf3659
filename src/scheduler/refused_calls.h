// Calls that were refused within the last minute, by a key each, so that a caller who tries again
// is not taken for more work.
//
// One entry per key says how many calls of it were refused and have not come back. An arrival
// with the key takes one of them, but no more than `kMostRetries` in the life of an entry: callers
// give up by then, and without that bound a client that always sends the same sentence would look
// like a single call that is tried again and again.
//
// The memory is 8,192 sets of 8 entries; a set that is full forgets its oldest.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace shoal {

// Not thread-safe. Every operation looks at 8 entries and allocates nothing. Times never go back.
class RefusedCalls {
 public:
  static constexpr std::size_t kEntries = 65'536;
  static constexpr int kMostRetries = 8;
  static constexpr std::chrono::microseconds kKept{60'000'000};

  RefusedCalls() : entries_(kEntries) {}

  // A call of this key was refused. 0: it has no key and is not remembered.
  void Add(std::chrono::microseconds now, std::uint64_t key) {
    if (key == 0) return;
    const std::span<Entry> set = SetOf(key);
    Entry* entry = Find(set, now, key);
    if (entry == nullptr) {
      entry = &*std::min_element(set.begin(), set.end(),
                                 [](const Entry& a, const Entry& b) { return a.last < b.last; });
      *entry = {.key = key};
    }
    entry->last = now;
    entry->refused = std::min(entry->refused + 1, kMostRetries);
  }

  // Whether an arrival of this key is one of them again.
  bool Take(std::chrono::microseconds now, std::uint64_t key) {
    if (key == 0) return false;
    Entry* const entry = Find(SetOf(key), now, key);
    if (entry == nullptr || entry->refused == 0 || entry->taken == kMostRetries) return false;
    --entry->refused;
    ++entry->taken;
    return true;
  }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::chrono::microseconds kNever{std::numeric_limits<std::int64_t>::min() / 2};

  struct Entry {
    std::uint64_t key = 0;                   // 0: empty
    std::chrono::microseconds last{kNever};  // refusal
    int refused = 0;                         // that have not come back
    int taken = 0;                           // that have
  };

  std::span<Entry> SetOf(std::uint64_t key) {
    const std::uint64_t mixed = (key * 0x9E3779B97F4A7C15ull) >> 32;
    const auto set = static_cast<std::size_t>(mixed % (kEntries / kWays));
    return std::span(entries_).subspan(set * kWays, kWays);
  }

  static Entry* Find(std::span<Entry> set, std::chrono::microseconds now, std::uint64_t key) {
    for (Entry& entry : set) {
      if (entry.key == key && now - entry.last <= kKept) return &entry;
    }
    return nullptr;
  }

  std::vector<Entry> entries_;
};

}  // namespace shoal
