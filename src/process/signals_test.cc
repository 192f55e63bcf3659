#include "process/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <future>
#include <thread>

namespace shoal {
namespace {

using std::chrono::steady_clock;

TEST(SignalWaiter, TheFirstSignalDrainsAndTheSecondQuits) {
  std::promise<void> drained;
  std::promise<void> quit;
  auto waiter = SignalWaiter::Create();
  ASSERT_TRUE(waiter.ok()) << waiter.status().ToString();
  auto watch = std::move(waiter).value().Watch(
      {.drain = [&] { drained.set_value(); }, .quit = [&] { quit.set_value(); }});
  ASSERT_TRUE(watch.ok()) << watch.status().ToString();
  auto quit_done = quit.get_future();
  ::kill(::getpid(), SIGTERM);
  drained.get_future().wait();
  EXPECT_EQ(quit_done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  ::kill(::getpid(), SIGINT);
  quit_done.wait();
}

TEST(SignalWaiter, WaitsForASignalOrForTheTime) {
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  EXPECT_EQ(waiter.Wait(SystemClock(), SystemClock().Now()), 0);
  EXPECT_EQ(waiter.Wait(SystemClock(), SystemClock().Now() + std::chrono::milliseconds(1)), 0);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), SIGINT);
}

TEST(SignalWaiter, AHangUpCountsOnlyAsTheFirst) {
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), SIGHUP);
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(waiter.Wait(SystemClock(), SystemClock().Now()), 0);
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), SIGTERM);
}

TEST(SignalWaiter, AHangUpThatWasIgnoredStaysSo) {
  sigset_t hang_up;
  sigset_t before;
  sigemptyset(&hang_up);
  sigaddset(&hang_up, SIGHUP);
  ::pthread_sigmask(SIG_UNBLOCK, &hang_up, &before);
  ::signal(SIGHUP, SIG_IGN);
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(waiter.Wait(SystemClock(), SystemClock().Now()), 0);
  ::signal(SIGHUP, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(SignalWaiter, AWakeEndsTheWaitAlsoWhenItCameBefore) {
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  waiter.Wake();
  waiter.Wake();
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), 0);
  std::thread other([&waiter] { waiter.Wake(); });
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), 0);
  other.join();
}

TEST(SignalWaiter, ASignalGoesBeforeAWake) {
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  ::kill(::getpid(), SIGTERM);
  waiter.Wake();
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), SIGTERM);
}

TEST(SignalWaiter, ASignalBeforeTheWaitIsNotLost) {
  SignalWaiter waiter = std::move(SignalWaiter::Create()).value();
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(waiter.Wait(SystemClock(), steady_clock::time_point::max()), SIGTERM);
}

}  // namespace
}  // namespace shoal
