#include "scheduler/deadline_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<CallId> Order(const DeadlineQueue& queue) {
  std::vector<CallId> order;
  for (const QueueKey& key : queue) order.push_back(key.call);
  return order;
}

TEST(DeadlineQueue, GoesByDeadlineThenByArrival) {
  DeadlineQueue queue;
  queue.PushBack(20ms, 1, 0);
  queue.PushBack(10ms, 2, 0);
  queue.PushBack(20ms, 3, 0);
  queue.PushBack(10ms, 4, 0);
  EXPECT_THAT(Order(queue), ElementsAre(2, 4, 1, 3));
}

TEST(DeadlineQueue, PutsWhatComesBackAtTheFrontOfItsDeadline) {
  DeadlineQueue queue;
  queue.PushBack(10ms, 1, 0);
  queue.PushBack(20ms, 2, 0);
  queue.PushFront(20ms, 3, 0);
  queue.PushFront(20ms, 4, 0);
  EXPECT_THAT(Order(queue), ElementsAre(1, 4, 3, 2));
}

TEST(DeadlineQueue, LetsAnybodyLeaveAndReusesThePlace) {
  DeadlineQueue queue;
  queue.PushBack(10ms, 1, 7);
  const QueueKey second = queue.PushBack(20ms, 2, 0);
  queue.PushBack(30ms, 3, 0);
  queue.Erase(second);
  queue.PushBack(5ms, 4, 0);
  EXPECT_THAT(Order(queue), ElementsAre(4, 1, 3));
  EXPECT_EQ(queue.size(), 3u);
}

TEST(DeadlineQueueDeathTest, LeavingTwiceIsOurMistake) {
  DeadlineQueue queue;
  const QueueKey key = queue.PushBack(10ms, 1, 0);
  queue.Erase(key);
  EXPECT_DEATH(queue.Erase(key), "leaves its queue once");
}

}  // namespace
}  // namespace shoal
