// Calls and batches as they end: all since the beginning, and those of the last ten seconds, kept
// second by second.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "api/records.h"
#include "dashboard/log_histogram.h"

namespace shoal {

inline constexpr std::array<std::string_view, 5> kStages = {"tokenize", "queue", "dispatch",
                                                            "inference", "serialize"};

// Times in µs. A second, or what several add up to.
struct CallFigures {
  std::uint64_t requests = 0;
  std::uint64_t served = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t retries = 0;  // times that a text was sent again, of each call its largest
  std::uint64_t texts = 0;    // that were served
  std::uint64_t tokens = 0;   // likewise
  LogHistogram total;         // of calls that were served, as are the stages
  std::array<LogHistogram, kStages.size()> stages;
  LogHistogram batch_items;
  LogHistogram batch_tokens;
  LogHistogram batch_execution;

  void Add(const CallFigures& other);
};

struct RecentFigures {
  double seconds = 0;  // that they were gathered in; at most kWindow, never 0
  CallFigures sum;
};

// Not thread-safe. The time of an event is when it ended, by its record.
class CallTally {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::int64_t kWindow = 10;  // seconds

  explicit CallTally(TimePoint now) : began_(now) {}

  void CallEnded(const CallRecord& record);
  void BatchEnded(const BatchRecord& record);

  // Of calls, by api and verdict.
  std::uint64_t count(Api api, Verdict verdict) const {
    return counts_[static_cast<std::size_t>(api)][static_cast<std::size_t>(verdict)];
  }
  std::uint64_t texts() const { return texts_; }    // that were served
  std::uint64_t tokens() const { return tokens_; }  // likewise

  RecentFigures Recent(TimePoint now) const;

 private:
  struct Second {
    std::int64_t number = -1;  // none yet
    CallFigures figures;
  };

  CallFigures* At(TimePoint when);  // null: too long ago

  const TimePoint began_;
  std::array<std::array<std::uint64_t, kVerdicts>, kApis> counts_{};
  std::uint64_t texts_ = 0;
  std::uint64_t tokens_ = 0;
  std::array<Second, kWindow> seconds_;
};

}  // namespace shoal
