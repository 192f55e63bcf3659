#include "cli/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace shoal {
namespace {

void Hear(int signal) {
  CatchInterrupts();
  raise(signal);
  raise(SIGHUP);  // a terminal that goes away sends several
  _exit(InterruptExitCode());
}

TEST(Interrupt, TheFirstSignalSaysHowACommandEnds) {
  EXPECT_EXIT(Hear(SIGHUP), testing::ExitedWithCode(129), "");
  EXPECT_EXIT(Hear(SIGINT), testing::ExitedWithCode(130), "");
  EXPECT_EXIT(Hear(SIGTERM), testing::ExitedWithCode(143), "");
}

TEST(Interrupt, TheSecondEndsTheProcessAtOnce) {
  const auto twice = [] {
    CatchInterrupts();
    raise(SIGHUP);
    raise(SIGTERM);
  };
  EXPECT_EXIT(twice(), testing::ExitedWithCode(143), "");
}

TEST(Interrupt, AHangUpThatWasIgnoredStaysSo) {
  const auto ignored = [] {
    signal(SIGHUP, SIG_IGN);
    CatchInterrupts();
    raise(SIGHUP);
    _exit(InterruptSignal());
  };
  EXPECT_EXIT(ignored(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace shoal
