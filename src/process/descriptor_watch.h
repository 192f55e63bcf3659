// A thread that waits until a file descriptor can be read.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "base/descriptor.h"
#include "base/status.h"

namespace shoal {

// For poll(2): the milliseconds from `now` to `until`, rounded up, 0 if it is past, at most a
// minute: ask again after that.
int PollTimeout(std::chrono::steady_clock::time_point now,
                std::chrono::steady_clock::time_point until);

// Calls `readable` on a thread of its own whenever `fd` is readable or at its end, until that
// answers false. The destructor ends the thread; it must not run on it.
class DescriptorWatch {
 public:
  static Result<std::unique_ptr<DescriptorWatch>> Start(Descriptor fd,
                                                        std::function<bool(int fd)> readable);
  ~DescriptorWatch();

 private:
  DescriptorWatch(Descriptor fd, Descriptor stop, std::function<bool(int fd)> readable);
  void Run();

  const Descriptor fd_;
  const Descriptor stop_;  // an eventfd
  const std::function<bool(int fd)> readable_;
  std::thread thread_;
};

}  // namespace shoal
