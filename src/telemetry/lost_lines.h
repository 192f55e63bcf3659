// How many lines of a log were lost since the log last said so.
#pragma once

#include <cstdint>

namespace shoal {

// Not thread-safe.
class LostLines {
 public:
  // Lines were to be written, of which so many were lost; the last one was not if it `works`.
  // `overrun`: how many in all never came so far, for want of room in the queue.
  void Tried(std::uint64_t lost, bool works, std::uint64_t overrun) {
    lost_ += lost + (overrun - overrun_);
    overrun_ = overrun;
    works_ = works;
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
