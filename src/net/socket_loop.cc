#include "net/socket_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kEventsPerTurn = 64;
constexpr std::uint64_t kWakeToken = ~std::uint64_t{0};

std::uint64_t TokenOf(int fd, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

timespec ToTimespec(std::chrono::nanoseconds time) {
  return {.tv_sec = static_cast<std::time_t>(time.count() / 1'000'000'000),
          .tv_nsec = static_cast<long>(time.count() % 1'000'000'000)};
}

// To the microsecond where the kernel can (Linux 5.11), else up to a millisecond late. EPERM: a
// seccomp filter that is older than the call.
int WaitForEvents(int epoll, epoll_event* events, std::chrono::nanoseconds time) {
  static std::atomic<bool> precise{true};
  if (precise) {
    const timespec timeout = ToTimespec(time);
    const int count = epoll_pwait2(epoll, events, kEventsPerTurn, &timeout, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    precise = false;
  }
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(time);
  return epoll_wait(epoll, events, kEventsPerTurn, static_cast<int>(ms.count()));
}

}  // namespace

Result<std::unique_ptr<SocketLoop>> SocketLoop::Start(const Clock& clock) {
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) return ErrnoError("epoll_create1", errno);
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return ErrnoError("eventfd", errno);
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = kWakeToken}};
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
    return ErrnoError("epoll_ctl", errno);
  }
  std::unique_ptr<SocketLoop> loop(new SocketLoop(clock, std::move(epoll), std::move(wake)));
  // The thread began within the constructor, which has set thread_ by now: whatever is posted from
  // here on may ask IsOnThread.
  return loop;
}

SocketLoop::SocketLoop(const Clock& clock, Descriptor epoll, Descriptor wake)
    : clock_(clock), epoll_(std::move(epoll)), wake_(std::move(wake)), thread_([this] { Run(); }) {}

SocketLoop::~SocketLoop() {
  Post([this] { stopping_ = true; });
  thread_.join();
}

void SocketLoop::Post(Task task) {
  {
    MutexLock lock(mutex_);
    posted_.push_back(std::move(task));
  }
  Wake();
}

void SocketLoop::PostAndWait(const Task& task) {
  CHECK(!IsOnThread(), "a loop that waits for itself waits for ever");
  Mutex mutex;
  CondVar changed;
  bool done = false;
  Post([&] {
    task();
    // Under the lock: once it is seen, the condition variable is gone.
    MutexLock lock(mutex);
    done = true;
    changed.NotifyAll();
  });
  MutexLock lock(mutex);
  while (!done) changed.Wait(mutex);
}

// Says that there is something before it looks whether the loop sleeps; the loop says that it
// sleeps before it looks whether there is something. So one of the two sees the other.
void SocketLoop::Wake() {
  pending_ = true;
  if (sleeping_ && sleeping_.exchange(false)) {
    CHECK(eventfd_write(wake_.get(), 1) == 0, "an eventfd of our own takes one write");
  }
}

void SocketLoop::Watch(int fd, std::uint32_t events, Watcher& watcher) {
  const auto index = static_cast<std::size_t>(fd);
  if (watched_.size() <= index) watched_.resize(index + 1);
  CHECK(watched_[index].watcher == nullptr, "a descriptor has one watcher");
  watched_[index].watcher = &watcher;
  ++watched_[index].generation;
  Control(EPOLL_CTL_ADD, fd, events);
}

void SocketLoop::Change(int fd, std::uint32_t events) { Control(EPOLL_CTL_MOD, fd, events); }

void SocketLoop::Forget(int fd) {
  watched_.at(static_cast<std::size_t>(fd)).watcher = nullptr;
  Control(EPOLL_CTL_DEL, fd, 0);
}

void SocketLoop::PutOff(int fd) {
  put_off_.push_back(TokenOf(fd, watched_.at(static_cast<std::size_t>(fd)).generation));
}

SocketLoop::Watcher* SocketLoop::Find(std::uint64_t token) const {
  const Watched& watched = watched_[token & 0xFFFF'FFFF];
  return watched.generation == token >> 32 ? watched.watcher : nullptr;
}

void SocketLoop::Control(int operation, int fd, std::uint32_t events) {
  const Watched& watched = watched_.at(static_cast<std::size_t>(fd));
  epoll_event event = {.events = events, .data = {.u64 = TokenOf(fd, watched.generation)}};
  CHECK(epoll_ctl(epoll_.get(), operation, fd, &event) == 0,
        "the descriptor is open, and known to epoll if it should be");
}

SocketLoop::TimerId SocketLoop::SetTimer(TimePoint when, Task task) {
  const TimerId id = {when, next_timer_++};
  timers_.emplace(id, std::move(task));
  return id;
}

void SocketLoop::Remove(Resident& resident) { std::erase(residents_, &resident); }

void SocketLoop::Run() {
  while (true) {
    pending_ = false;  // what is there by now has its turn
    RunPosted();
    if (stopping_) return;
    RunTimers();
    TimePoint until = RunResidents();
    RunPutOff();
    if (!timers_.empty()) until = std::min(until, timers_.begin()->first.first);
    Sleep(until);
  }
}

void SocketLoop::RunPosted() {
  std::vector<Task> tasks;
  {
    MutexLock lock(mutex_);
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

void SocketLoop::RunTimers() {
  if (timers_.empty()) return;
  const TimePoint now = clock_.Now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
}

SocketLoop::TimePoint SocketLoop::RunResidents() {
  TimePoint until = TimePoint::max();
  for (std::size_t i = 0; i < residents_.size(); ++i) {
    until = std::min(until, residents_[i]->Turn());
  }
  return until;
}

void SocketLoop::RunPutOff() {
  for (std::size_t i = 0; i < put_off_.size(); ++i) {
    if (Watcher* const watcher = Find(put_off_[i])) watcher->EndOfTurn();
  }
  put_off_.clear();
}

void SocketLoop::Sleep(TimePoint until) {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::minutes(1);
  sleeping_ = true;
  std::chrono::nanoseconds time{0};
  if (!pending_) {
    const TimePoint now = clock_.Now();
    if (until > now) time = until - now < kLongest ? until - now : kLongest;
  }
  std::array<epoll_event, kEventsPerTurn> events;
  int count = WaitForEvents(epoll_.get(), events.data(), time);
  // As after a stop of the process: what came meanwhile is heard before somebody looks at a clock.
  if (count < 0 && errno == EINTR) count = WaitForEvents(epoll_.get(), events.data(), {});
  sleeping_ = false;
  CHECK(count >= 0 || errno == EINTR, "epoll waits on descriptors of our own");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeToken) {
      eventfd_t wakes = 0;
      eventfd_read(wake_.get(), &wakes);
      continue;
    }
    if (Watcher* const watcher = Find(event.data.u64)) watcher->Ready(event.events);
  }
}

}  // namespace shoal
