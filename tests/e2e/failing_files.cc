// A file system that fails, for LD_PRELOAD: the n-th call that touches a file under one folder
// fails, is interrupted, does half of its work, or is the last thing that the process does.
//
//   FAIL_UNDER   the folder, ends in '/'
//   FAIL_AT      which call, from 1; 0: none
//   FAIL_HOW     ENOSPC, EIO, EINTR, SHORT (half of a write), KILL (before it), KILLED (after it)
//   FAIL_ON      set: all later calls of the kind fail too, as on a full disk
//   FAIL_LOG     gets a line for every call: its number and name
//
// Counted are write, pwrite, fsync, ftruncate, rename and close. What a kind cannot do to a call
// (half of an fsync) leaves it alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::atomic<long> calls{0};

enum class Fate { kNothing, kFails, kHalf, kDiesAfter };

// What becomes of the call that begins now. Sets errno where it fails.
Fate Decide(std::string_view name, bool writes) {
  static const std::string how = Variable("FAIL_HOW");
  static const long at = std::atol(Variable("FAIL_AT").c_str());
  static const bool goes_on = std::getenv("FAIL_ON") != nullptr;
  static const int log =
      open(Variable("FAIL_LOG").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const long call = ++calls;
  const std::string line = std::to_string(call) + " " + std::string(name) + "\n";
  if (log >= 0) syscall(SYS_write, log, line.data(), line.size());
  static std::atomic<bool> filled_up{false};  // the last call took what room there was
  const bool refused = filled_up.exchange(false) && writes;
  if (!refused && (at == 0 || call < at || (call > at && !goes_on))) return Fate::kNothing;
  if (how == "KILL") raise(SIGKILL);
  if (how == "KILLED") return Fate::kDiesAfter;
  if (how == "SHORT") return writes ? Fate::kHalf : Fate::kNothing;
  if (how == "EINTR" && !writes) return Fate::kNothing;
  if (how == "ENOSPC") {
    // It refuses what takes room. A write gets the last room first, so half a row is written.
    if (goes_on && !writes && name != "fsync") return Fate::kNothing;
    filled_up = writes && call == at;
    if (filled_up) return Fate::kHalf;
  }
  errno = how == "ENOSPC" ? ENOSPC : how == "EINTR" ? EINTR : EIO;
  return Fate::kFails;
}

bool IsUnder(std::string_view path) {
  static const std::string folder = Variable("FAIL_UNDER");
  return !folder.empty() && path.starts_with(folder);
}

bool IsUnder(int fd) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path, sizeof path);
  const int flags = fcntl(fd, F_GETFL);
  const bool may_write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY) != 0;
  return size > 0 && may_write && IsUnder(std::string(path, static_cast<std::size_t>(size)) + "/");
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

template <typename Call>
auto Run(Fate fate, const Call& call) -> decltype(call()) {
  if (fate == Fate::kFails) return -1;
  const auto result = call();
  if (fate == Fate::kDiesAfter) raise(SIGKILL);
  return result;
}

// `call` writes as many bytes as it is told.
template <typename Call>
ssize_t RunWrite(const char* name, int fd, size_t size, const Call& call) {
  const Fate fate = IsUnder(fd) ? Decide(name, true) : Fate::kNothing;
  return Run(fate, [&] { return call(fate == Fate::kHalf ? (size + 1) / 2 : size); });
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  return RunWrite("write", fd, size, [&](size_t part) { return next(fd, bytes, part); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return RunWrite("pwrite", fd, size, [&](size_t part) { return next(fd, bytes, part, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite(fd, bytes, size, offset);
}

int fsync(int fd) {
  static auto* const next = Next<int(int)>("fsync");
  const Fate fate = IsUnder(fd) ? Decide("fsync", false) : Fate::kNothing;
  return Run(fate, [&] { return next(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  const Fate fate = IsUnder(fd) ? Decide("ftruncate", false) : Fate::kNothing;
  return Run(fate, [&] { return next(fd, size); });
}

int ftruncate64(int fd, off_t size) noexcept { return ftruncate(fd, size); }

int rename(const char* from, const char* to) noexcept {
  static auto* const next = Next<int(const char*, const char*)>("rename");
  const Fate fate = IsUnder(to) ? Decide("rename", false) : Fate::kNothing;
  return Run(fate, [&] { return next(from, to); });
}

int close(int fd) {
  static auto* const next = Next<int(int)>("close");
  const Fate fate = IsUnder(fd) ? Decide("close", false) : Fate::kNothing;
  if (fate != Fate::kFails) return Run(fate, [&] { return next(fd); });
  const int error = errno;  // it is closed all the same
  next(fd);
  errno = error;
  return -1;
}

}  // extern "C"
