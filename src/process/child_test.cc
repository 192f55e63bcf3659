#include "process/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace shoal {
namespace {

ChildProcess Start(std::vector<std::string> argv) {
  return ChildProcess::Spawn({.argv = std::move(argv)}).value();
}

TEST(ChildProcess, SaysHowItEnded) {
  EXPECT_EQ(Start({"/bin/true"}).Wait(), ChildEnd{});
  EXPECT_EQ(Start({"/bin/sh", "-c", "exit 7"}).Wait(), ChildEnd{.code = 7});
}

TEST(ChildProcess, DiesOfTheSignalItIsSent) {
  ChildProcess child = Start({"/bin/sleep", "100"});
  EXPECT_EQ(child.TryWait(), std::nullopt);
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), ChildEnd{.signal = SIGTERM});
  EXPECT_EQ(child.pid(), -1);
}

TEST(ChildProcess, ItsDescriptorBecomesReadableWhenItEnds) {
  ChildProcess child = Start({"/bin/sleep", "100"});
  pollfd watched = {child.end_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&watched, 1, 0), 0);
  child.Signal(SIGKILL);
  EXPECT_EQ(::poll(&watched, 1, 10'000), 1);
  EXPECT_EQ(child.TryWait(), (ChildEnd{.signal = SIGKILL}));
}

TEST(ChildProcess, ItsEndReadsWell) {
  EXPECT_EQ((ChildEnd{.code = 3}).ToString(), "exit code 3");
  EXPECT_EQ((ChildEnd{.signal = SIGKILL}).ToString(), "signal 9 (Killed)");
}

TEST(ChildProcess, StartsWithNoSignalBlocked) {
  sigset_t terminate;
  sigset_t before;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &terminate, &before);
  ChildProcess child = Start({"/bin/sleep", "100"});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), ChildEnd{.signal = SIGTERM});
}

TEST(ChildProcess, HasItsSignalsAtTheirDefaultsButAHangUpThatIsIgnored) {
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  ChildProcess child = Start({"/bin/sh", "-c", "kill -HUP $$; kill -PIPE $$; exit 1"});
  ::signal(SIGHUP, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(child.Wait(), ChildEnd{.signal = SIGPIPE});
  EXPECT_EQ(Start({"/bin/sh", "-c", "kill -HUP $$"}).Wait(), ChildEnd{.signal = SIGHUP});
}

TEST(ChildProcess, MayLeadAProcessGroupOfItsOwn) {
  const auto apart =
      ChildProcess::Spawn({.argv = {"/bin/sleep", "100"}, .own_process_group = true});
  EXPECT_EQ(::getpgid(apart->pid()), apart->pid());
  EXPECT_EQ(::getpgid(Start({"/bin/sleep", "100"}).pid()), ::getpgid(0));
}

TEST(ChildProcess, AddsToTheEnvironment) {
  auto child =
      ChildProcess::Spawn({.argv = {"/bin/sh", "-c", "test \"$SHOAL_X\" = y -a -n \"$PATH\""},
                           .environment = {{"SHOAL_X", "y"}}});
  EXPECT_EQ(child->Wait(), ChildEnd{});
}

TEST(ChildProcess, NamesTheProgramThatIsNotThere) {
  const auto child = ChildProcess::Spawn({.argv = {"/no/such/program"}});
  EXPECT_NE(child.status().message().find("/no/such/program"), std::string::npos);
}

TEST(ChildProcess, LettingGoLeavesNoOrphan) {
  pid_t pid = -1;
  {
    ChildProcess child = Start({"/bin/sleep", "100"});
    pid = child.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace shoal
