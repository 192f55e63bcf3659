// Texts that take workers down. A text is known by a keyed fingerprint, never by its words.
//
// A text gets blame when a worker that was executing it comes back as a new incarnation. Any
// success clears it: random crashes condemn nobody. With blame it rides alone, so that it cannot
// pull others down; with three it is banned for ten minutes.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string_view>
#include <unordered_map>

namespace shoal {

// The last 1,024 that were blamed. Not thread-safe.
class PoisonTable {
 public:
  using Fingerprint = std::uint64_t;
  static constexpr int kBan = 3;
  static constexpr std::string_view kWhyBanned =
      "a text took several workers down and is refused for ten minutes";

  // Returns the blame it has now.
  int Blame(std::chrono::microseconds now, Fingerprint text);
  void Clear(Fingerprint text);
  // 0 for one that is not known, or whose ban is over.
  int blame(std::chrono::microseconds now, Fingerprint text) const;
  bool Banned(std::chrono::microseconds now, Fingerprint text) const {
    return blame(now, text) >= kBan;
  }
  bool empty() const { return entries_.empty(); }

 private:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::chrono::microseconds kBanTime{600'000'000};

  struct Entry {
    Fingerprint text = 0;
    int blame = 0;
    std::chrono::microseconds last{0};
  };
  std::list<Entry> entries_;  // who was blamed last at the end
  std::unordered_map<Fingerprint, std::list<Entry>::iterator> places_;
};

}  // namespace shoal
