#include "net/socket_event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace shoal {
namespace {

using Loop = SocketEventLoop<int>;
constexpr auto kNever = Loop::TimePoint::max();

class SocketEvents : public testing::Test {
 protected:
  std::unique_ptr<SocketLoop> sockets_ = SocketLoop::Start(SystemClock()).value();
};

TEST_F(SocketEvents, HandsOverAllThatWasPostedInOrderBeforeItEnds) {
  Loop loop(*sockets_, 100);
  std::vector<int> seen;
  loop.Run([&](std::vector<int>& events) {
    EXPECT_TRUE(sockets_->IsOnThread());
    seen.insert(seen.end(), events.begin(), events.end());
    return kNever;
  });
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(loop.Post(i));
  loop.Stop();
  ASSERT_EQ(seen.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST_F(SocketEvents, StepsAtTheTimeThatTheStepAskedFor) {
  Loop loop(*sockets_, 1);
  std::atomic<int> steps = 0;
  loop.Run([&](std::vector<int>&) {
    ++steps;
    steps.notify_all();
    return sockets_->Now() + std::chrono::microseconds(100);
  });
  for (int seen = 0; seen < 3; seen = steps) steps.wait(seen);
  loop.Stop();
}

TEST_F(SocketEvents, WhatAStepPostsComesInTheNextStep) {
  Loop loop(*sockets_, 10);
  std::atomic<int> last = 0;
  loop.Run([&](std::vector<int>& events) {
    for (const int event : events) {
      if (event < 5) loop.Post(event + 1);
      last = event;
      last.notify_all();
    }
    return kNever;
  });
  loop.Post(1);
  for (int seen = last; seen < 5; seen = last) last.wait(seen);
  EXPECT_EQ(last, 5);
}

TEST_F(SocketEvents, OnlyTryPostMindsAFullInboxAndNothingIsTakenAfterTheEnd) {
  Loop loop(*sockets_, 2);
  EXPECT_TRUE(loop.TryPost(1));
  EXPECT_TRUE(loop.TryPost(2));
  EXPECT_FALSE(loop.TryPost(3));
  EXPECT_TRUE(loop.Post(4));
  loop.Run([](std::vector<int>&) { return kNever; });
  loop.Stop();
  loop.Stop();
  EXPECT_FALSE(loop.TryPost(1));
  EXPECT_FALSE(loop.Post(1));
}

TEST_F(SocketEvents, AThousandPostsFromFourThreadsAllArrive) {
  Loop loop(*sockets_, 1);
  std::atomic<int> seen = 0;
  loop.Run([&](std::vector<int>& events) {
    seen += static_cast<int>(events.size());
    return kNever;
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 250; ++k) loop.Post(k);
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop.Stop();
  EXPECT_EQ(seen, 1000);
}

}  // namespace
}  // namespace shoal
