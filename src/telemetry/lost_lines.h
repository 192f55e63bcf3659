// How many lines of a log were lost since the log last said so.
#pragma once

#include <cstdint>

namespace shoal {

// Not thread-safe.
class LostLines {
 public:
  // A line was to be written, and was or not. `overrun`: how many in all never came so far, for
  // want of room in the queue.
  void Tried(bool written, std::uint64_t overrun) {
    lost_ += (written ? 0 : 1) + (overrun - overrun_);
    overrun_ = overrun;
    works_ = written;
  }
  // What the log is to say now: nothing, while no line gets through or more wait. `waiting`: lines
  // in the queue.
  std::uint64_t ToTell(std::uint64_t waiting) const { return works_ && waiting == 0 ? lost_ : 0; }
  void Told() { lost_ = 0; }
  std::uint64_t lost() const { return lost_; }

 private:
  std::uint64_t lost_ = 0;
  std::uint64_t overrun_ = 0;
  bool works_ = false;
};

}  // namespace shoal
