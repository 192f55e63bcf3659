// The last five minutes of a coordinator, second by second, without a gap: seconds that nobody
// could look at are filled in afterwards, with the calls that ended in them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dashboard/call_tally.h"
#include "dashboard/second_sample.h"

namespace shoal {

// Not thread-safe. Each second is written once: who asks for all of them costs a copy.
class History {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::int64_t kKept = 300;
  // After the end of a second until it is taken: who counts has been told of it by then.
  static constexpr std::chrono::milliseconds kSettle{50};

  // The first second is the one that `began` is in.
  explicit History(TimePoint began) : next_(CallTally::SecondOf(began)) {}

  // When the next one can be taken.
  TimePoint due() const { return TimePoint(std::chrono::seconds(next_ + 1)) + kSettle; }
  // Takes those that have ended, and closes them in `tally`. Returns how many they are: the last
  // ones now. What the figures grew by since the last time counts in the very last.
  std::size_t Take(TimePoint now, std::int64_t now_unix_ms, CallTally& tally,
                   DashboardFigures figures);

  std::size_t size() const { return seconds_.size(); }
  // 0 is the oldest.
  const SecondSample& operator[](std::size_t i) const { return At(i).sample; }
  std::string Json() const;

 private:
  struct Second {
    SecondSample sample;
    std::string json;
  };

  void Add(const SecondSample& sample);
  const Second& At(std::size_t i) const { return seconds_[(oldest_ + i) % seconds_.size()]; }

  std::int64_t next_;            // the first second that was not taken
  std::int64_t to_unix_ms_ = 0;  // from the clock's time; 0: not known yet
  DashboardFigures figures_;     // as they were then
  std::vector<Second> seconds_;
  std::size_t oldest_ = 0;  // its place
};

// What is to be added to a clock's time: as before, so that seconds do not shake, unless the
// machine's time was set.
std::int64_t ToUnixMs(std::int64_t before, std::int64_t measured);

}  // namespace shoal
