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

std::size_t LineWriter::WriteSome(std::string_view lines) {
  const std::string on_its_own = in_a_line_ ? "\n" + std::string(lines) : "";
  const std::size_t ahead = in_a_line_ ? 1 : 0;
  const std::string_view bytes = in_a_line_ ? on_its_own : lines;
  std::size_t done = 0;
  while (done < bytes.size()) {
    if (!AwaitRoom()) break;
    // Where there is any room in a pipe, there is room for PIPE_BUF.
    const std::size_t most = std::min<std::size_t>(bytes.size() - done, PIPE_BUF);
    const ssize_t count = write(fd_, bytes.data() + done, most);
    if (count < 0 && errno != EINTR && errno != EAGAIN) break;
    if (count <= 0) continue;
    done += static_cast<std::size_t>(count);
    in_a_line_ = bytes[done - 1] != '\n';
  }
  return done - std::min(done, ahead);
}

LineWriter::Outcome LineWriter::WriteLines(std::string_view lines) {
  Outcome outcome;
  while (!lines.empty()) {
    const std::size_t done = WriteSome(lines);
    outcome.works = done == lines.size();
    if (outcome.works) break;
    ++outcome.lost;
    lines.remove_prefix(std::min(lines.find('\n', done), lines.size() - 1) + 1);
  }
  return outcome;
}

bool LineWriter::Write(std::string_view line) { return WriteLines(std::string(line) + "\n").works; }

}  // namespace shoal
