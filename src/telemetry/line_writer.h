// Lines into a descriptor that may fail: nobody reads the pipe any more, the disk is full, the
// terminal is gone. A process does not end of that; the line is lost, and its caller counts.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace shoal {

// Not thread-safe but for HurryUp.
class LineWriter {
 public:
  // `fd` stays the caller's and may be non-blocking. `patience`: how long a pipe that is full may
  // hold up who is in a hurry, once.
  explicit LineWriter(int fd, std::chrono::milliseconds patience = std::chrono::seconds(1))
      : fd_(fd), patience_(patience) {}

  struct Outcome {
    std::size_t lost = 0;  // lines
    bool works = true;     // the last one was written
  };
  // `lines` are whole ones, each with its end. Waits while a pipe is full. If a part of one that is
  // lost was written, the next one starts on a line of its own.
  Outcome WriteLines(std::string_view lines);
  // One, without its end. False: it is lost.
  [[nodiscard]] bool Write(std::string_view line);

  // From any thread: the process is to end.
  void HurryUp() { hurry_ = true; }

 private:
  bool AwaitRoom();
  // How many bytes of `lines` went.
  std::size_t WriteSome(std::string_view lines);

  const int fd_;
  const std::chrono::milliseconds patience_;
  std::atomic<bool> hurry_ = false;
  bool gave_up_ = false;    // in a hurry, on a pipe that stayed full
  bool in_a_line_ = false;  // what was written last does not end a line
};

}  // namespace shoal
