// When a lane that looks slow is given a text of the coordinator's own, a probe.
//
// The speed of a lane is learned from what it executes. A lane believed slow gets little, and a
// pool believed slow refuses short deadlines: where nothing is executed, nobody would learn that
// they have recovered. So an idle lane that looks slow executes a short text that nobody waits for,
// 100 ms after its last result. Each probe that only confirms what was believed doubles the gap, up
// to a second.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace shoal {

inline constexpr std::uint32_t kProbeTokens = 32;

// So many times slower than at its warm-up, a lane looks slow.
inline constexpr double kLooksSlow = 1.25;

// Not thread-safe.
class LaneProbe {
 public:
  // A batch of other work is back.
  void OnResult(std::chrono::microseconds now) {
    since_ = now;
    gap_ = kShortestGap;
  }
  // A probe is back: it was `sample` times slower than at the warm-up; `believed` was expected.
  void OnProbe(std::chrono::microseconds now, double sample, double believed) {
    since_ = now;
    gap_ = sample < kConfirms * believed ? kShortestGap : std::min(2 * gap_, kLongestGap);
  }
  bool Due(std::chrono::microseconds now) const { return now - since_ >= gap_; }

 private:
  static constexpr std::chrono::microseconds kShortestGap{100'000};
  static constexpr std::chrono::microseconds kLongestGap{1'000'000};
  static constexpr double kConfirms = 0.9;

  std::chrono::microseconds since_{0};  // the last result; 0: none yet
  std::chrono::microseconds gap_ = kShortestGap;
};

}  // namespace shoal
