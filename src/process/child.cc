#include "process/child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "process/signals.h"

namespace shoal {
namespace {

// Our environment with `added` in it, as NAME=value.
std::vector<std::string> Environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : added) replaced |= text.rfind(name + "=", 0) == 0;
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string ChildEnd::ToString() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

Result<ChildProcess> ChildProcess::Spawn(const Options& options) {
  CHECK(!options.argv.empty(), "a child has a program");
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> environment = Environment(options.environment);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  if (IsIgnored(SIGHUP)) sigdelset(&all, SIGHUP);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (options.own_process_group) flags |= POSIX_SPAWN_SETPGROUP;
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (options.inherited_fd >= 0) {  // onto itself: only clears close-on-exec
    ::posix_spawn_file_actions_adddup2(&actions, options.inherited_fd, options.inherited_fd);
  }
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0].c_str(), &actions, &attributes,
                                   Pointers(argv).data(), Pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return ErrnoError("start " + argv[0], error);
  ChildProcess child(pid);
  // By number: glibc 2.36 declares pidfd_open without C linkage.
  child.end_fd_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (child.end_fd_.get() < 0) return ErrnoError("pidfd_open", errno);
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int signal) {
  if (pid_ < 0) return;
  CHECK(::kill(pid_, signal) == 0, "a child that was not reaped can be signalled");
}

std::optional<ChildEnd> ChildProcess::TryWait() { return Reap(WNOHANG); }

ChildEnd ChildProcess::Wait() { return *Reap(0); }

std::optional<ChildEnd> ChildProcess::Reap(int flags) {
  CHECK(pid_ > 0, "a child ends once");
  int status = 0;
  pid_t got = -1;
  do {
    got = ::waitpid(pid_, &status, flags);
  } while (got < 0 && errno == EINTR);
  CHECK(got >= 0, "nobody else reaps our children");
  if (got == 0) return std::nullopt;
  pid_ = -1;
  if (WIFSIGNALED(status)) return ChildEnd{.signal = WTERMSIG(status)};
  return ChildEnd{.code = WEXITSTATUS(status)};
}

}  // namespace shoal
