#include "worker/supervisor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Child = Supervisor::Child;

constexpr auto kPatience = 10s;  // a bound for a loaded machine, not a promise

const std::vector<std::string> kSleeps = {"/bin/sleep", "100"};

// What on_change told, to wait for. Thread-safe.
class Told {
 public:
  void Add(const Child& child) {
    MutexLock lock(mutex_);
    all_.push_back(child);
    changed_.NotifyAll();
  }
  // All that was told, as soon as `enough` likes it; empty when it took longer than kPatience.
  template <typename Enough>
  std::vector<Child> WaitFor(Enough enough) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (!enough(all_)) {
      if (!changed_.WaitUntil(mutex_, until)) return {};
    }
    return all_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Child> all_ GUARDED_BY(mutex_);
};

std::unique_ptr<Supervisor> Start(std::size_t worker_count, const std::vector<std::string>& argv,
                                  Told& told) {
  auto supervisor =
      Supervisor::Start({.worker_count = worker_count,
                         .id_prefix = "host",
                         .argv = [argv](std::size_t, const std::string&) { return argv; },
                         .on_change = [&told](const Child& child) { told.Add(child); }},
                        SystemClock());
  CHECK(supervisor.ok(), supervisor.status().message());
  return std::move(supervisor).value();
}

// Workers that only SIGKILL ends; waits until every one has come to ignore SIGTERM.
std::unique_ptr<Supervisor> StartStubborn(std::size_t worker_count, Told& told) {
  int ignored[2];
  CHECK(::pipe2(ignored, O_CLOEXEC) == 0, "a pipe can be had");
  const Descriptor read_end(ignored[0]);
  const Descriptor write_end(ignored[1]);
  const std::string path =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(write_end.get());
  auto supervisor =
      Start(worker_count,
            {"/bin/sh", "-c", "trap '' TERM; printf x > " + path + "; exec sleep 100"}, told);
  for (std::size_t worker = 0; worker < worker_count; ++worker) {
    char byte;
    CHECK(::read(read_end.get(), &byte, 1) == 1, "a worker says that it ignores SIGTERM");
  }
  return supervisor;
}

bool Lives(pid_t pid) { return ::kill(pid, 0) == 0; }

// A start of `slot` that is not the first.
auto Restarts(std::size_t slot, int restarts) {
  return [=](const std::vector<Child>& all) {
    return std::any_of(all.begin(), all.end(), [&](const Child& child) {
      return child.slot == slot && child.pid > 0 && child.restarts == restarts;
    });
  };
}

TEST(IsExpectedEnd, IsADrainOrTheSignalThatItWasSent) {
  EXPECT_TRUE(IsExpectedEnd({.code = 0}, false)) << "somebody else told it";
  EXPECT_TRUE(IsExpectedEnd({.code = 0}, true));
  EXPECT_TRUE(IsExpectedEnd({.signal = SIGTERM}, true));
  EXPECT_TRUE(IsExpectedEnd({.code = 143}, true));
  EXPECT_FALSE(IsExpectedEnd({.signal = SIGTERM}, false));
}

TEST(IsExpectedEnd, IsNoCrashEvenDuringADrain) {
  EXPECT_FALSE(IsExpectedEnd({.signal = SIGSEGV}, true));
  EXPECT_FALSE(IsExpectedEnd({.signal = SIGKILL}, true));
  EXPECT_FALSE(IsExpectedEnd({.code = 3}, true));
}

TEST(Supervisor, NamesWorkersAfterTheHostAndTheSlot) {
  std::vector<std::string> asked;
  const auto supervisor = Supervisor::Start({.worker_count = 2,
                                             .id_prefix = "host",
                                             .argv =
                                                 [&](std::size_t, const std::string& id) {
                                                   asked.push_back(id);
                                                   return kSleeps;
                                                 }},
                                            SystemClock());
  ASSERT_TRUE(supervisor.ok()) << supervisor.status().ToString();
  EXPECT_THAT(asked, ElementsAre("host-0", "host-1"));
  const std::vector<Child> children = (*supervisor)->Children();
  ASSERT_THAT(children, SizeIs(2));
  EXPECT_EQ(children[1].id, "host-1");
  EXPECT_TRUE(Lives(children[0].pid));
  EXPECT_TRUE(Lives(children[1].pid));
}

TEST(Supervisor, AKilledWorkerComesBackInItsSlotWithinTwoSeconds) {
  Told told;
  const auto supervisor = Start(2, kSleeps, told);
  const std::vector<Child> before = supervisor->Children();
  const auto killed_at = SystemClock().Now();
  ::kill(before[1].pid, SIGKILL);
  const std::vector<Child> all = told.WaitFor(Restarts(1, 1));
  EXPECT_LT(SystemClock().Now() - killed_at, 2s);
  ASSERT_THAT(all, SizeIs(4));  // two starts, an end, a restart
  EXPECT_EQ(all[2].pid, -1);
  EXPECT_EQ(all[2].last_end, "signal 9 (Killed)");
  const std::vector<Child> after = supervisor->Children();
  EXPECT_EQ(after[1].id, "host-1");
  EXPECT_NE(after[1].pid, before[1].pid);
  EXPECT_EQ(after[0].pid, before[0].pid) << "the other one is left alone";
  EXPECT_EQ(after[0].restarts, 0);
}

TEST(Supervisor, AWorkerThatExitsAtOnceIsStartedLessAndLessOften) {
  Told told;
  const auto started_at = SystemClock().Now();
  const auto supervisor = Start(1, {"/bin/sh", "-c", "exit 3"}, told);
  const std::vector<Child> all = told.WaitFor(Restarts(0, 3));
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back().last_end, "exit code 3");
  EXPECT_GE(SystemClock().Now() - started_at, 300ms);  // at once, 100 ms, 200 ms
}

TEST(Supervisor, AWorkerThatWasReadyEachTimeIsNeverMadeToWait) {
  Told told;
  const auto supervisor = Start(1, kSleeps, told);
  const auto started_at = SystemClock().Now();
  constexpr int kLives = 8;  // with back-off they would wait for 100 + 200 + ... = 11.4 s
  for (int life = 1; life <= kLives; ++life) {
    supervisor->NotifyReady("host-0");
    supervisor->NotifyReady("a worker from elsewhere");
    ::kill(supervisor->Children()[0].pid, SIGKILL);
    ASSERT_FALSE(told.WaitFor(Restarts(0, life)).empty());
  }
  EXPECT_LT(SystemClock().Now() - started_at, 5s);
}

TEST(Supervisor, DrainEndsAllAndStartsNoneAgain) {
  Told told;
  const auto supervisor = Start(3, kSleeps, told);
  const std::vector<Child> before = supervisor->Children();
  supervisor->Drain(SystemClock().Now() + 1h);
  for (const Child& child : before) EXPECT_FALSE(Lives(child.pid)) << child.id;
  for (const Child& child : supervisor->Children()) {
    EXPECT_EQ(child.pid, -1);
    EXPECT_EQ(child.restarts, 0);
    EXPECT_EQ(child.last_end, "signal 15 (Terminated)");
  }
  supervisor->Drain(SystemClock().Now() + 1h);  // once more changes nothing
}

TEST(Supervisor, DrainKillsWhatIsLeftAtTheDeadline) {
  Told told;
  const auto supervisor = StartStubborn(2, told);
  supervisor->Drain(SystemClock().Now());
  for (const Child& child : supervisor->Children()) {
    EXPECT_EQ(child.pid, -1);
    EXPECT_EQ(child.last_end, "signal 9 (Killed)");
  }
}

TEST(Supervisor, ASecondDrainBringsTheDeadlineForward) {
  Told told;
  const auto supervisor = StartStubborn(1, told);
  std::thread patient([&] { supervisor->Drain(SystemClock().Now() + 1h); });
  supervisor->Drain(SystemClock().Now() + 1ms);
  patient.join();
  EXPECT_EQ(supervisor->Children()[0].pid, -1);
}

TEST(Supervisor, LettingGoLeavesNoOrphan) {
  Told told;
  auto supervisor = StartStubborn(2, told);
  const std::vector<Child> children = supervisor->Children();
  supervisor.reset();
  for (const Child& child : children) EXPECT_FALSE(Lives(child.pid)) << child.id;
}

// Whether the process of `pidfd` ends before kPatience.
bool EndsSoon(int pidfd) {
  pollfd watched = {pidfd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1;
}

TEST(Supervisor, AWorkerSeesItsLifelineEndWhenTheSupervisingProcessIsKilled) {
  int report[2];
  ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
  const pid_t supervising = ::fork();
  if (supervising == 0) {
    Told told;
    const auto supervisor =
        Start(1, {"/bin/sh", "-c", "exec cat /proc/self/fd/$SHOAL_LIFELINE_FD > /dev/null"}, told);
    const pid_t worker = supervisor->Children()[0].pid;
    if (::write(report[1], &worker, sizeof(worker)) != sizeof(worker)) ::_exit(1);
    while (true) ::pause();
  }
  pid_t worker = -1;
  ASSERT_EQ(::read(report[0], &worker, sizeof(worker)), ssize_t{sizeof(worker)});
  const Descriptor worker_end(static_cast<int>(::syscall(SYS_pidfd_open, worker, 0)));
  pollfd watched = {worker_end.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&watched, 1, 0), 0) << "it lives as long as its supervisor";
  ::kill(supervising, SIGKILL);
  EXPECT_TRUE(EndsSoon(worker_end.get()));
  ::waitpid(supervising, nullptr, 0);
  ::close(report[0]);
  ::close(report[1]);
}

TEST(Supervisor, SaysWhichProgramCannotBeStarted) {
  const auto supervisor =
      Supervisor::Start({.worker_count = 2,
                         .id_prefix = "host",
                         .argv =
                             [](std::size_t slot, const std::string&) {
                               return slot == 0 ? kSleeps : std::vector<std::string>{"/no/such"};
                             }},
                        SystemClock());
  EXPECT_THAT(supervisor.status().message(), HasSubstr("/no/such"));
}

TEST(Supervisor, AProgramThatDisappearsIsTriedAgain) {
  Told told;
  std::atomic<bool> gone = false;
  auto supervisor = Supervisor::Start(
      {.worker_count = 1,
       .id_prefix = "host",
       .argv =
           [&](std::size_t, const std::string&) {
             return gone.exchange(false) ? std::vector<std::string>{"/no/such"} : kSleeps;
           },
       .on_change = [&](const Child& child) { told.Add(child); }},
      SystemClock());
  ASSERT_TRUE(supervisor.ok());
  gone = true;
  ::kill((*supervisor)->Children()[0].pid, SIGKILL);
  const std::vector<Child> all = told.WaitFor(Restarts(0, 1));
  ASSERT_THAT(all, SizeIs(4));  // a start, an end, a start that failed, a start
  EXPECT_THAT(all[2].last_end, HasSubstr("/no/such"));
}

}  // namespace
}  // namespace shoal
