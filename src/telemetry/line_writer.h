// Lines into a descriptor that may fail: nobody reads the pipe any more, the disk is full, the
// terminal is gone. A process does not end of that; the line is lost, and its caller counts.
#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

namespace shoal {

// Not thread-safe but for HurryUp.
class LineWriter {
 public:
  // `fd` stays the caller's and may be non-blocking. `patience`: how long a pipe that is full may
  // hold up who is in a hurry, once.
  explicit LineWriter(int fd, std::chrono::milliseconds patience = std::chrono::seconds(1))
      : fd_(fd), patience_(patience) {}

  // `line` is without its end. Waits while a pipe is full. False: it is lost; if a part of it was
  // written, the next one starts on a line of its own.
  [[nodiscard]] bool Write(std::string_view line);

  // From any thread: the process is to end.
  void HurryUp() { hurry_ = true; }

 private:
  bool AwaitRoom();

  const int fd_;
  const std::chrono::milliseconds patience_;
  std::atomic<bool> hurry_ = false;
  bool gave_up_ = false;    // in a hurry, on a pipe that stayed full
  bool in_a_line_ = false;  // what was written last does not end a line
};

}  // namespace shoal
