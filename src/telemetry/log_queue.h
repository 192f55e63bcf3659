// Lines on their way from any thread to the one that writes. Its memory is reserved at the start;
// when it is full the oldest lines go. Nobody who logs waits for a reader, and few wake the writer:
// it sleeps while there is nothing, and having taken some leaves others to gather for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "telemetry/line_store.h"

namespace shoal {

// Thread-safe; one thread takes.
class LogQueue {
 public:
  // Twice that, with what is taken: lines as they wait and as they are written.
  static constexpr std::size_t kMaxLines = 8192;
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  explicit LogQueue(std::chrono::milliseconds linger = std::chrono::milliseconds(10),
                    std::size_t max_lines = kMaxLines, std::size_t max_bytes = kMaxBytes,
                    const Clock& clock = SystemClock());

  // Once closed: nothing.
  void Add(const LogRecord& record) EXCLUDES(mutex_);
  // Waits until `linger` has passed since the last time, or half of the room is used, and until
  // there is a line; or until it is closed. Swaps what is there into `lines`, made by EmptyStore.
  // False: closed, and nothing is left.
  bool Take(LineStore& lines) EXCLUDES(mutex_);
  LineStore EmptyStore() const { return LineStore(max_lines_, max_bytes_); }
  // What is in it can still be taken.
  void Close() EXCLUDES(mutex_);

  std::size_t size() const EXCLUDES(mutex_);
  // How many in all went because it was full.
  std::uint64_t overrun() const { return overrun_.load(std::memory_order_relaxed); }

 private:
  enum class Awaited { kNothing, kALine, kMany };

  const std::chrono::milliseconds linger_;
  const std::size_t max_lines_;
  const std::size_t max_bytes_;
  const Clock& clock_;
  std::atomic<std::uint64_t> overrun_ = 0;
  mutable Mutex mutex_;
  CondVar changed_;
  LineStore lines_ GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> last_take_ GUARDED_BY(mutex_);
  Awaited awaited_ GUARDED_BY(mutex_) = Awaited::kNothing;  // by who takes
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace shoal
