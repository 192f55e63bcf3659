#include "scheduler/deadline_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Empties the queue.
std::vector<CallId> Order(DeadlineQueue& queue) {
  std::vector<CallId> order;
  while (!queue.empty()) {
    order.push_back(queue.front().call);
    queue.Erase(queue.front());
  }
  return order;
}

TEST(DeadlineQueue, GoesByDeadlineThenByArrival) {
  DeadlineQueue queue;
  queue.Push(20ms, 1);
  queue.Push(10ms, 2);
  queue.Push(20ms, 3);
  queue.Push(10ms, 4);
  EXPECT_THAT(Order(queue), ElementsAre(2, 4, 1, 3));
}

TEST(DeadlineQueue, LetsAnybodyLeaveAndReusesThePlace) {
  DeadlineQueue queue;
  queue.Push(10ms, 1);
  const QueueKey second = queue.Push(20ms, 2);
  queue.Push(30ms, 3);
  queue.Erase(second);
  queue.Push(5ms, 4);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_THAT(Order(queue), ElementsAre(4, 1, 3));
}

TEST(DeadlineQueueDeathTest, LeavingTwiceIsOurMistake) {
  DeadlineQueue queue;
  const QueueKey key = queue.Push(10ms, 1);
  queue.Erase(key);
  EXPECT_DEATH(queue.Erase(key), "leaves its queue once");
}

}  // namespace
}  // namespace shoal
