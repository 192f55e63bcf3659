#include "base/thread_event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace shoal {
namespace {

using Loop = ThreadEventLoop<int>;
constexpr auto kNever = Loop::TimePoint::max();

TEST(ThreadEventLoop, HandsOverAllThatWasPostedInOrderBeforeItEnds) {
  Loop loop(100);
  std::vector<int> seen;
  loop.Run([&seen](std::vector<int>& events) {
    seen.insert(seen.end(), events.begin(), events.end());
    return kNever;
  });
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(loop.Post(i));
  loop.Stop();
  ASSERT_EQ(seen.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(ThreadEventLoop, StepsAtTheTimeThatTheStepAskedFor) {
  Loop loop(1);
  std::atomic<int> steps = 0;
  loop.Run([&steps](std::vector<int>&) {
    ++steps;
    steps.notify_all();
    return Loop::TimePoint();  // long past
  });
  for (int seen = 0; seen < 3; seen = steps) steps.wait(seen);
  loop.Stop();
}

TEST(ThreadEventLoop, OnlyTryPostMindsAFullInbox) {
  Loop loop(2);
  EXPECT_TRUE(loop.TryPost(1));
  EXPECT_TRUE(loop.TryPost(2));
  EXPECT_FALSE(loop.TryPost(3));
  EXPECT_TRUE(loop.Post(4));
}

TEST(ThreadEventLoop, NothingIsTakenAfterTheEnd) {
  Loop loop(2);
  loop.Run([](std::vector<int>&) { return kNever; });
  loop.Stop();
  EXPECT_FALSE(loop.TryPost(1));
  EXPECT_FALSE(loop.Post(1));
}

}  // namespace
}  // namespace shoal
