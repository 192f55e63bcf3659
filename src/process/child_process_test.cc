#include "process/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>

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
