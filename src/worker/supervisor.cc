// One thread waits in poll for three things at once: a descriptor of each child that becomes
// readable when the child ends (a pidfd), an eventfd that other threads write to, and a timeout at
// the next start or at the end of a drain. No SIGCHLD: its handler would belong to the whole
// process, and could do next to nothing.
//
// RestartPlan says which slots are due. The mutex guards what other threads read; processes_
// belongs to this thread alone, so nobody signals a pid that was already reaped.
#include "worker/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "process/descriptor_watch.h"

namespace shoal {

bool IsExpectedEnd(const ChildEnd& end, bool told) {
  if (end == ChildEnd{}) return true;
  return told && (end == ChildEnd{.signal = SIGTERM} || end == ChildEnd{.code = 128 + SIGTERM});
}

Result<std::unique_ptr<Supervisor>> Supervisor::Start(Options options, const Clock& clock) {
  CHECK(options.worker_count > 0, "a supervisor has somebody to supervise");
  CHECK(options.argv != nullptr, "a worker has a command line");
  ASSIGN_OR_RETURN(LifelinePipe lifeline, LifelinePipe::Open());
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return ErrnoError("eventfd", errno);
  std::unique_ptr<Supervisor> supervisor(
      new Supervisor(std::move(options), clock, std::move(lifeline), std::move(wake)));
  RETURN_IF_ERROR(supervisor->StartDue());
  supervisor->thread_ = std::thread([raw = supervisor.get()] { raw->Run(); });
  return supervisor;
}

Supervisor::Supervisor(Options options, const Clock& clock, LifelinePipe lifeline, Descriptor wake)
    : options_(std::move(options)),
      clock_(clock),
      lifeline_(std::move(lifeline)),
      wake_(std::move(wake)),
      processes_(options_.worker_count),
      plan_(options_.worker_count) {
  for (std::size_t slot = 0; slot < options_.worker_count; ++slot) {
    children_.push_back({.slot = slot, .id = options_.id_prefix + "-" + std::to_string(slot)});
  }
}

Supervisor::~Supervisor() {
  if (!thread_.joinable()) return;  // a start failed: ~ChildProcess ends the others
  Drain(TimePoint::min());
  thread_.join();
}

void Supervisor::NotifyReady(std::string_view worker_id) {
  MutexLock lock(mutex_);
  for (const Child& child : children_) {
    if (child.id == worker_id) plan_.Ready(child.slot);
  }
}

void Supervisor::Drain(TimePoint until) {
  MutexLock lock(mutex_);
  plan_.Stop();
  drain_until_ = std::min(until, drain_until_.value_or(until));
  CHECK(::eventfd_write(wake_.get(), 1) == 0, "an eventfd counts further than we call");
  while (!drained_) drained_changed_.Wait(mutex_);
}

std::vector<Supervisor::Child> Supervisor::Children() const {
  MutexLock lock(mutex_);
  return children_;
}

void Supervisor::Run() {
  while (!Drained()) {
    WaitForChange();
    ReapDead();
    // A failure is in the child's `last_end` and backs off like a death.
    static_cast<void>(StartDue());
  }
  MutexLock lock(mutex_);
  drained_ = true;
  drained_changed_.NotifyAll();
}

void Supervisor::WaitForChange() {
  TimePoint until = TimePoint::max();
  {
    MutexLock lock(mutex_);
    if (const auto next = plan_.NextStart(); next.has_value()) until = *next;
    if (drain_until_.has_value()) until = std::min(until, *drain_until_);
  }
  std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
  for (const auto& process : processes_) {
    if (process.has_value()) watched.push_back({process->end_fd(), POLLIN, 0});
  }
  const int changed = ::poll(watched.data(), watched.size(), PollTimeout(clock_.Now(), until));
  CHECK(changed >= 0 || errno == EINTR, "all descriptors are ours and open");
  eventfd_t calls = 0;
  ::eventfd_read(wake_.get(), &calls);
}

void Supervisor::ReapDead() {
  for (std::size_t slot = 0; slot < processes_.size(); ++slot) {
    if (!processes_[slot].has_value()) continue;
    const std::optional<ChildEnd> end = processes_[slot]->TryWait();
    if (!end.has_value()) continue;
    processes_[slot].reset();
    Ended(slot, end->ToString(), IsExpectedEnd(*end, terminated_));
  }
}

Status Supervisor::StartDue() {
  std::vector<std::size_t> due;
  {
    MutexLock lock(mutex_);
    due = plan_.Due(clock_.Now());
  }
  Status first_failure;
  for (const std::size_t slot : due) {
    Status status = StartSlot(slot);
    if (first_failure.ok()) first_failure = std::move(status);
  }
  return first_failure;
}

Status Supervisor::StartSlot(std::size_t slot) {
  const std::string id = Children()[slot].id;
  Result<ChildProcess> process = ChildProcess::Spawn(
      {.argv = options_.argv(slot, id),
       .environment = {{kLifelineVariable, std::to_string(lifeline_.child_end.get())}},
       .inherited_fd = lifeline_.child_end.get(),
       .own_process_group = true});
  if (!process.ok()) {
    Ended(slot, process.status().message(), false);
    return process.status();
  }
  processes_[slot].emplace(std::move(process).value());
  Child child;
  {
    MutexLock lock(mutex_);
    plan_.Started(slot);
    children_[slot].pid = processes_[slot]->pid();
    if (!children_[slot].last_end.empty()) ++children_[slot].restarts;
    child = children_[slot];
  }
  Tell(child);
  return Status();
}

bool Supervisor::Drained() {
  std::optional<TimePoint> until;
  {
    MutexLock lock(mutex_);
    until = drain_until_;
  }
  if (!until.has_value()) return false;
  const bool kill = clock_.Now() >= *until;
  bool running = false;
  for (std::size_t slot = 0; slot < processes_.size(); ++slot) {
    if (!processes_[slot].has_value()) continue;
    ChildProcess& process = *processes_[slot];
    if (!terminated_) process.Signal(SIGTERM);
    if (kill) {
      process.Signal(SIGKILL);
      const ChildEnd end = process.Wait();
      processes_[slot].reset();
      Ended(slot, end.ToString(), IsExpectedEnd(end, terminated_));
    }
    running |= processes_[slot].has_value();
  }
  terminated_ = true;
  return !running;
}

void Supervisor::Ended(std::size_t slot, std::string how, bool expected) {
  Child child;
  {
    MutexLock lock(mutex_);
    plan_.Died(slot, clock_.Now());
    children_[slot].pid = -1;
    children_[slot].last_end = std::move(how);
    children_[slot].end_was_expected = expected;
    child = children_[slot];
  }
  Tell(child);
}

void Supervisor::Tell(const Child& child) const {
  if (options_.on_change) options_.on_change(child);
}

}  // namespace shoal
