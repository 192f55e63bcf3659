#include "process/restart_backoff.h"

#include <algorithm>

namespace shoal {

void RestartBackoff::Ready() { ready_ = true; }

std::chrono::milliseconds RestartBackoff::Died() {
  if (ready_) next_ = std::chrono::milliseconds(0);
  ready_ = false;
  const std::chrono::milliseconds wait = next_;
  next_ = std::min(kLongest, std::max(kFirst, next_ * 2));
  return wait;
}

}  // namespace shoal
