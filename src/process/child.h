// A child process with one owner: whoever lets go of it ends it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/status.h"

namespace shoal {

// How a child ended: by `signal` if that is not 0, else with `code`.
struct ChildEnd {
  int code = 0;
  int signal = 0;
  bool operator==(const ChildEnd&) const = default;

  // "exit code 3", "signal 9 (Killed)".
  std::string ToString() const;
};

// Not thread-safe. The destructor kills (SIGKILL) and reaps a child that was not seen to end.
class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> argv;  // argv[0] with a slash is a path, else it is looked up in PATH
    std::vector<std::pair<std::string, std::string>> environment;  // over our own
    int inherited_fd = -1;           // stays open in the child under the same number; -1: none
    bool own_process_group = false;  // Ctrl-C in a terminal then reaches only us
  };
  // Standard streams are shared with the child; its signals are unblocked and at their defaults,
  // but SIGHUP stays ignored where it is (nohup).
  static Result<ChildProcess> Spawn(const Options& options);

  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), end_fd_(std::move(other.end_fd_)) {}
  ChildProcess& operator=(ChildProcess&& other) = delete;

  pid_t pid() const { return pid_; }  // -1 once it was seen to end
  // For poll: readable once the child has ended. Valid as long as this object.
  int end_fd() const { return end_fd_.get(); }
  // Nothing happens to a child that was seen to end.
  void Signal(int signal);
  // How it ended, without blocking; nullopt while it lives. Asked once more after an end: a CHECK.
  std::optional<ChildEnd> TryWait();
  // Blocks until it ends.
  ChildEnd Wait();

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  std::optional<ChildEnd> Reap(int flags);

  pid_t pid_ = -1;
  Descriptor end_fd_;  // a pidfd
};

}  // namespace shoal
