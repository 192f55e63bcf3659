#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace shoal {
namespace {

constexpr auto kNow = std::chrono::steady_clock::time_point::min();
constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

TEST(BoundedQueue, RefusesWhatExceedsItsCapacity) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_FALSE(queue.TryPush(3));
  EXPECT_TRUE(queue.PushAlways(4));
  std::vector<int> out;
  EXPECT_TRUE(queue.TakeAll(out, kNow));
  EXPECT_EQ(out, (std::vector<int>{1, 2, 4}));
}

TEST(BoundedQueue, TakingFromAnEmptyOneReturnsAtTheGivenTime) {
  BoundedQueue<int> queue(1);
  std::vector<int> out = {7};
  EXPECT_TRUE(queue.TakeAll(out, kNow));
  EXPECT_TRUE(out.empty());
}

TEST(BoundedQueue, ClosingKeepsWhatIsQueuedAndRefusesTheRest) {
  BoundedQueue<int> queue(4);
  EXPECT_TRUE(queue.TryPush(1));
  queue.Close();
  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_FALSE(queue.PushAlways(2));
  std::vector<int> out;
  EXPECT_TRUE(queue.TakeAll(out, kForEver));
  EXPECT_EQ(out.size(), 1u);
  EXPECT_FALSE(queue.TakeAll(out, kForEver));
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
  BoundedQueue<int> queue(1 << 20);
  std::vector<std::thread> pushers;
  for (int t = 0; t < 4; ++t) {
    pushers.emplace_back([&queue] {
      for (int i = 1; i <= 1000; ++i) queue.TryPush(i);
    });
  }
  long sum = 0;
  std::size_t count = 0;
  std::vector<int> out;
  while (count < 4000) {
    queue.TakeAll(out, kForEver);
    for (const int value : out) sum += value;
    count += out.size();
  }
  for (std::thread& pusher : pushers) pusher.join();
  EXPECT_EQ(sum, 4L * 1000 * 1001 / 2);
}

}  // namespace
}  // namespace shoal
