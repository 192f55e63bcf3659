// Calls and batches as they end: all since the beginning, and those of the last ten seconds, kept
// second by second. A second that is closed changes no more: what is told of it afterwards counts
// in the first that is open, so that the closed ones and the totals add up.
#pragma once

#include <algorithm>
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
  std::array<std::uint64_t, kVerdicts> offered_texts{};  // of all calls, by verdict
  LogHistogram total;  // of calls that were served, as are the stages
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

  // Seconds are numbered by the clock.
  static std::int64_t SecondOf(TimePoint when);
  // Those up to this one are closed from now on.
  void Close(std::int64_t number) { open_ = std::max(open_, number + 1); }
  const CallFigures* Find(std::int64_t number) const;  // null: nothing ended in it, or long ago

  // Of calls, by api and verdict.
  std::uint64_t count(Api api, Verdict verdict) const {
    return counts_[static_cast<std::size_t>(api)][static_cast<std::size_t>(verdict)];
  }
  const std::array<std::uint64_t, kVerdicts>& offered_texts() const { return offered_texts_; }
  std::uint64_t texts() const {  // that were served
    return offered_texts_[static_cast<std::size_t>(Verdict::kOk)];
  }
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
  std::array<std::uint64_t, kVerdicts> offered_texts_{};
  std::uint64_t tokens_ = 0;
  std::int64_t open_ = 0;  // the first second that is
  std::array<Second, kWindow> seconds_;
};

}  // namespace shoal
