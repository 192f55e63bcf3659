// What a run looks like while it goes on: a few lines, drawn again and again in one place.
//
//   load      0:12 of 0:20  ━━━━━━━━━━━━────────  2,376 answered, 14 in flight
//   sent          200/s  ▅▅▆▅▅▅▆▅▅▅▅▆
//   in time       198/s  ▅▅▆▅▅▅▆▅▅▅▅▆
//   p99         38.0 ms  ▂▂▃▂▂▂▂█▃▂▂▂
//   latency   p50 12.0 ms  p90 20.0 ms  p99 38.0 ms  slowest 120 ms  in the last second
//   verdicts  in time 2,352  late 0  refused 24  failed 0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "load/load_report.h"
#include "terminal/frame.h"
#include "terminal/screen_text.h"

namespace shoal {

struct LoadProgress;

// Not thread-safe.
class LiveView {
 public:
  // `deadline` 0: none.
  LiveView(std::chrono::microseconds duration, std::chrono::microseconds deadline)
      : duration_(duration), deadline_(deadline) {}

  void Add(const LoadProgress& progress);

  // At most `columns` wide.
  Frame Draw(int columns, CharacterSet set) const;

 private:
  // What was sent in it, and the answers that came in it.
  struct Second {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t good = 0;
    std::vector<std::chrono::microseconds> latencies;  // of OK answers, while it is not over
    std::optional<Percentiles> latency = {};           // once it is
  };
  struct Totals {
    std::uint64_t good = 0, late = 0, wrong = 0, refused = 0, failed = 0, cancelled = 0;
  };

  Second& At(std::chrono::microseconds time);
  void Count(const LoadSample& sample);
  void CloseBefore(std::size_t index);
  const Second* LastWhole() const;  // null: none yet
  FrameLine HeadLine(CharacterSet set) const;
  FrameLine LatencyLine() const;
  FrameLine VerdictLine() const;
  template <typename Value>
  FrameLine Row(const std::string& name, const std::string& now, int columns, CharacterSet set,
                Value value) const;

  const std::chrono::microseconds duration_;
  const std::chrono::microseconds deadline_;
  std::chrono::microseconds elapsed_{0};
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  std::size_t closed_ = 0;  // seconds whose percentiles are known
  std::vector<Second> seconds_;
  Totals totals_;
};

}  // namespace shoal
