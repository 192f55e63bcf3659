// How long to wait before a dead child is started again: not at all, unless it dies again and again
// before it was ever ready.
#pragma once

#include <chrono>

namespace shoal {

// Not thread-safe.
class RestartBackoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{5000};

  // The child became ready: its next death is forgiven.
  void Ready();
  // The child died. How long to wait before the next start: 0 for a child that was ready and for
  // the first death; then kFirst, doubled by each further death before Ready, at most kLongest.
  std::chrono::milliseconds Died();

 private:
  bool ready_ = false;                 // this life of the child
  std::chrono::milliseconds next_{0};  // the wait after the next death before Ready
};

}  // namespace shoal
