#include "process/signal_waiter.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <future>

namespace shoal {
namespace {

TEST(SignalWaiter, TheFirstSignalDrainsAndTheSecondQuits) {
  std::promise<void> drained;
  std::promise<void> quit;
  auto waiter =
      WaitForSignals({.drain = [&] { drained.set_value(); }, .quit = [&] { quit.set_value(); }});
  ASSERT_TRUE(waiter.ok()) << waiter.status().ToString();
  auto quit_done = quit.get_future();
  ::kill(::getpid(), SIGTERM);
  drained.get_future().wait();
  EXPECT_EQ(quit_done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  ::kill(::getpid(), SIGINT);
  quit_done.wait();
}

}  // namespace
}  // namespace shoal
