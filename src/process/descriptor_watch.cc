#include "process/descriptor_watch.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace shoal {

int PollTimeout(std::chrono::steady_clock::time_point now,
                std::chrono::steady_clock::time_point until) {
  constexpr std::chrono::minutes kLongest{1};
  if (until <= now) return 0;
  if (until >= now + kLongest) return static_cast<int>(std::chrono::milliseconds(kLongest).count());
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - now).count());
}

Result<std::unique_ptr<DescriptorWatch>> DescriptorWatch::Start(
    Descriptor fd, std::function<bool(int fd)> readable) {
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (stop.get() < 0) return ErrnoError("eventfd", errno);
  return std::unique_ptr<DescriptorWatch>(
      new DescriptorWatch(std::move(fd), std::move(stop), std::move(readable)));
}

DescriptorWatch::DescriptorWatch(Descriptor fd, Descriptor stop,
                                 std::function<bool(int fd)> readable)
    : fd_(std::move(fd)), stop_(std::move(stop)), readable_(std::move(readable)) {
  thread_ = std::thread([this] { Run(); });
}

DescriptorWatch::~DescriptorWatch() {
  CHECK(::eventfd_write(stop_.get(), 1) == 0, "an eventfd of our own takes one write");
  thread_.join();
}

void DescriptorWatch::Run() {
  pollfd watched[] = {{fd_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (true) {
    if (::poll(watched, 2, -1) < 0) {
      CHECK(errno == EINTR, "both descriptors are ours and open");
      continue;
    }
    if (watched[1].revents != 0) return;
    if (watched[0].revents != 0 && !readable_(fd_.get())) return;
  }
}

}  // namespace shoal
