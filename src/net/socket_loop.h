// One thread that sleeps in epoll: the sockets of a process, and the states that live beside them.
//
//   sockets ───ready──► watchers ─┐
//   any thread ──Post──► tasks ───┼──► residents ──► what was put off ──► sleep
//   time ──────────────► timers ──┘    (a state's step)  (a send a socket)
//
// That is a turn. A message that arrives, the decision on it and the answers to others cost one
// wake-up together: no thread hands over to another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/status.h"

namespace shoal {

class SocketLoop {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Task = std::function<void()>;
  using TimerId = std::pair<TimePoint, std::uint64_t>;

  // Hears of its descriptor. It may forget itself, or others, from within.
  class Watcher {
   public:
    virtual void Ready(std::uint32_t events) = 0;  // of epoll: EPOLLIN, EPOLLOUT, EPOLLHUP ...
    virtual void EndOfTurn() {}                    // once after PutOff

   protected:
    ~Watcher() = default;
  };

  // A state that lives on the thread. Asked once in each turn, after sockets and timers.
  class Resident {
   public:
    // Returns when to be asked again, if nothing happens before.
    virtual TimePoint Turn() = 0;

   protected:
    ~Resident() = default;
  };

  // The thread runs from now on. `clock` outlives the loop.
  static Result<std::unique_ptr<SocketLoop>> Start(const Clock& clock);
  ~SocketLoop();  // ends the thread; what was posted has run

  // From any thread. What is posted on the loop's own thread runs in the next turn.
  void Post(Task task) EXCLUDES(mutex_);
  // From any other thread: blocks until `task` has run.
  void PostAndWait(const Task& task) EXCLUDES(mutex_);
  // From any thread: there will be a turn. A system call only while the loop sleeps.
  void Wake();
  bool IsOnThread() const { return std::this_thread::get_id() == thread_.get_id(); }

  // All below: on the loop's thread only.

  // Level-triggered. A descriptor has one watcher, which outlives its being watched.
  void Watch(int fd, std::uint32_t events, Watcher& watcher);
  void Change(int fd, std::uint32_t events);
  void Forget(int fd);

  // Calls `task` once, soon after `when`.
  TimerId SetTimer(TimePoint when, Task task);
  void CancelTimer(const TimerId& id) { timers_.erase(id); }  // one that has fired: nothing

  // Calls EndOfTurn of the descriptor's watcher after the residents of this turn, unless it is
  // forgotten by then. Call it once a turn.
  void PutOff(int fd);

  void Add(Resident& resident) { residents_.push_back(&resident); }
  void Remove(Resident& resident);

  TimePoint Now() const { return clock_.Now(); }

 private:
  struct Watched {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;  // tells what is said of an earlier holder of the number
  };

  SocketLoop(const Clock& clock, Descriptor epoll, Descriptor wake);
  void Run();
  void RunPosted() EXCLUDES(mutex_);
  void RunTimers();
  TimePoint RunResidents();
  void RunPutOff();
  void Sleep(TimePoint until);
  void Control(int operation, int fd, std::uint32_t events);
  Watcher* Find(std::uint64_t token) const;  // null: forgotten

  const Clock& clock_;
  const Descriptor epoll_;
  const Descriptor wake_;  // an eventfd
  std::atomic<bool> pending_{false};
  std::atomic<bool> sleeping_{false};

  Mutex mutex_;
  std::vector<Task> posted_ GUARDED_BY(mutex_);
  bool stopping_ = false;

  std::vector<Watched> watched_;  // by descriptor
  std::map<TimerId, Task> timers_;
  std::uint64_t next_timer_ = 0;
  std::vector<std::uint64_t> put_off_;  // tokens
  std::vector<Resident*> residents_;
  std::thread thread_;
};

}  // namespace shoal
