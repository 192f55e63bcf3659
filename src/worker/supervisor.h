// The worker processes of one machine, kept alive: one per slot, and a slot keeps its worker_id
// over restarts, so that the coordinator knows a worker that came back.
//
// A worker that dies is started again at once; only one that dies again and again before it was
// ready waits, up to five seconds (process/restart_plan.h). All workers inherit the read end of one
// pipe (process/lifeline.h), so none outlives this process, however it ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/status.h"
#include "process/child.h"
#include "process/lifeline.h"
#include "process/restart_plan.h"

namespace shoal {

// Whether a worker ended as it should: by itself when it had drained, or by the SIGTERM that it was
// sent (`told`), also one that came a second time or before it could listen. Others have crashed,
// or could not even start.
bool IsExpectedEnd(const ChildEnd& end, bool told);

// Thread-safe. Only its own thread starts, signals and reaps, once Start has returned.
class Supervisor {
 public:
  struct Child {
    std::size_t slot = 0;
    std::string id;        // "<prefix>-<slot>"
    pid_t pid = -1;        // -1: not running
    int restarts = 0;      // starts after the first
    std::string last_end;  // of the life before: "exit code 3", or why it could not be started
    bool end_was_expected = false;  // of the life before: IsExpectedEnd
  };
  struct Options {
    std::size_t worker_count = 1;  // > 0
    std::string id_prefix;         // the host's name
    // The command line of a worker; asked before each start.
    std::function<std::vector<std::string>(std::size_t slot, const std::string& worker_id)> argv;
    // A child was started or has ended; may be empty. Called without a lock, on the thread of Start
    // for the first starts, then on the supervisor's own; Drain must not be called from it.
    std::function<void(const Child&)> on_change;
  };

  // Returns with every worker started, or with why one could not be (and none left). `clock`
  // outlives the supervisor.
  static Result<std::unique_ptr<Supervisor>> Start(Options options, const Clock& clock);

  // Kills (SIGKILL) and reaps what still runs.
  ~Supervisor();

  // The worker has proved itself (it was welcomed by the coordinator): its next death is forgiven.
  // An id that is not one of ours is a worker from elsewhere, and ignored.
  void NotifyReady(std::string_view worker_id) EXCLUDES(mutex_);

  // Sends SIGTERM to all, starts none again, and blocks until all have ended; at `until` the rest
  // is killed. A second call, from any thread, may only bring `until` forward.
  void Drain(std::chrono::steady_clock::time_point until) EXCLUDES(mutex_);

  std::vector<Child> Children() const EXCLUDES(mutex_);  // by slot

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  Supervisor(Options options, const Clock& clock, LifelinePipe lifeline, Descriptor wake);

  void Run();
  void WaitForChange() EXCLUDES(mutex_);
  void ReapDead() EXCLUDES(mutex_);
  // Starts what is due; the first start that failed, or OK.
  Status StartDue() EXCLUDES(mutex_);
  Status StartSlot(std::size_t slot) EXCLUDES(mutex_);
  // True once draining was asked for and nothing runs any more.
  bool Drained() EXCLUDES(mutex_);
  void Ended(std::size_t slot, std::string how, bool expected) EXCLUDES(mutex_);
  void Tell(const Child& child) const;

  const Options options_;
  const Clock& clock_;
  const LifelinePipe lifeline_;
  const Descriptor wake_;  // an eventfd: somebody changed what the thread waits for

  // Of Start, then of the supervisor's thread.
  std::vector<std::optional<ChildProcess>> processes_;  // by slot
  bool terminated_ = false;                             // SIGTERM was sent to all

  mutable Mutex mutex_;
  CondVar drained_changed_;
  RestartPlan plan_ GUARDED_BY(mutex_);
  std::vector<Child> children_ GUARDED_BY(mutex_);  // by slot
  std::optional<TimePoint> drain_until_ GUARDED_BY(mutex_);
  bool drained_ GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: uses all of the above
};

}  // namespace shoal
