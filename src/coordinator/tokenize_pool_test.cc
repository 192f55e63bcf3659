#include "coordinator/tokenize_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/mutex.h"

namespace shoal {
namespace {

TEST(TokenizePool, RunsEverythingBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    TokenizePool pool(2, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.TryRun([&ran] { ++ran; }));
  }
  EXPECT_EQ(ran, 100);
}

TEST(TokenizePool, RefusesWhenItsQueueIsFull) {
  Mutex gate;
  gate.Lock();
  int accepted = 0;
  {
    TokenizePool pool(1, 2);
    for (int i = 0; i < 10; ++i) {
      accepted += pool.TryRun([&gate] { MutexLock wait(gate); }) ? 1 : 0;
    }
    gate.Unlock();
  }
  EXPECT_GE(accepted, 2);
  EXPECT_LE(accepted, 4);  // two queued, and those that the thread took away before
}

}  // namespace
}  // namespace shoal
