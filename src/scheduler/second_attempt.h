// How often work that is late at one worker may be tried at another as well. Every finished batch
// earns a little, every second attempt costs one: when everything is late, second attempts do not
// double the load. LastMoment says until when one can be sent.
#pragma once

#include <algorithm>
#include <chrono>

namespace shoal {

// Not thread-safe.
class SecondAttemptBudget {
 public:
  void OnBatchFinished(int lanes) {
    const double most = kMost + lanes / 4.0;
    tokens_ = std::min(most, tokens_ + kPerBatch);
  }
  bool Allows() const { return tokens_ >= 1; }
  void Spend() { tokens_ -= 1; }

 private:
  static constexpr double kStart = 2;
  static constexpr double kPerBatch = 0.03;
  static constexpr double kMost = 4;

  double tokens_ = kStart;
};

// From this time on a second attempt goes before everything that waits: later it would be too late.
inline std::chrono::microseconds LastMoment(std::chrono::microseconds deadline,
                                            std::chrono::microseconds batch_time,
                                            std::chrono::microseconds round_trip) {
  return deadline - 2 * batch_time - round_trip;
}

}  // namespace shoal
