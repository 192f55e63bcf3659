#include "telemetry/line_writer.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace shoal {

// Also before a write that would block, which nothing could end.
bool LineWriter::AwaitRoom() {
  while (true) {
    const bool hurry = hurry_;
    pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int ready = poll(&room, 1, gave_up_ ? 0 : static_cast<int>(patience_.count()));
    if (ready > 0) return true;  // or there is an error, of which the write tells
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0 && hurry) {
      gave_up_ = true;
      return false;
    }
  }
}

bool LineWriter::Write(std::string_view line) {
  std::string bytes = in_a_line_ ? "\n" : "";
  bytes.append(line).append("\n");
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (!AwaitRoom()) return false;
    // Where there is any room in a pipe, there is room for PIPE_BUF.
    const ssize_t count = write(fd_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count <= 0) continue;
    in_a_line_ = rest[static_cast<std::size_t>(count) - 1] != '\n';
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace shoal
