#include "process/lifeline.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>

namespace shoal {

Result<LifelinePipe> LifelinePipe::Open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError("pipe2", errno);
  LifelinePipe pipe;
  pipe.child_end = Descriptor(ends[0]);
  pipe.parent_end = Descriptor(ends[1]);
  return pipe;
}

Result<std::unique_ptr<DescriptorWatch>> WatchLifeline(Descriptor child_end,
                                                       std::function<void()> parent_gone) {
  return DescriptorWatch::Start(std::move(child_end),
                                [parent_gone = std::move(parent_gone)](int fd) {
                                  char byte;
                                  const ssize_t got = ::read(fd, &byte, 1);
                                  if (got > 0 || (got < 0 && errno == EINTR)) return true;
                                  parent_gone();
                                  return false;
                                });
}

Result<std::unique_ptr<DescriptorWatch>> WatchInheritedLifeline(std::function<void()> parent_gone) {
  const char* variable = std::getenv(kLifelineVariable);
  if (variable == nullptr) return std::unique_ptr<DescriptorWatch>();
  const std::string text = variable;
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fd < 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return InvalidArgumentError(std::string(kLifelineVariable) + ": \"" + text +
                                "\" is not the number of an open descriptor");
  }
  return WatchLifeline(Descriptor(fd), std::move(parent_gone));
}

void ExitAtOnce() { ::_exit(1); }

}  // namespace shoal
