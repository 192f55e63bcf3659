#include "telemetry/log_queue.h"

#include <utility>

namespace shoal {

LogQueue::LogQueue(std::chrono::milliseconds linger, std::size_t max_lines, std::size_t max_bytes,
                   const Clock& clock)
    : linger_(linger),
      max_lines_(max_lines),
      max_bytes_(max_bytes),
      clock_(clock),
      lines_(max_lines, max_bytes) {}

void LogQueue::Add(const LogRecord& record) {
  bool wake = false;
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    const bool fits = record.bytes() <= max_bytes_;
    const std::size_t lost = fits ? lines_.Add(record) : 1;
    if (lost > 0) overrun_.fetch_add(lost, std::memory_order_relaxed);
    wake = awaited_ == Awaited::kALine || (awaited_ == Awaited::kMany && lines_.IsHalfFull());
    if (wake) awaited_ = Awaited::kNothing;
  }
  if (wake) changed_.NotifyOne();
}

bool LogQueue::Take(LineStore& lines) {
  lines.Clear();
  MutexLock lock(mutex_);
  while (last_take_ && !closed_ && !lines_.IsHalfFull()) {
    awaited_ = Awaited::kMany;
    if (!changed_.WaitUntil(mutex_, *last_take_ + linger_)) break;
  }
  while (lines_.size() == 0 && !closed_) {
    awaited_ = Awaited::kALine;
    changed_.Wait(mutex_);
  }
  awaited_ = Awaited::kNothing;
  last_take_ = clock_.Now();
  std::swap(lines, lines_);
  return !closed_ || lines.size() > 0;
}

void LogQueue::Close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  changed_.NotifyAll();
}

std::size_t LogQueue::size() const {
  MutexLock lock(mutex_);
  return lines_.size();
}

}  // namespace shoal
