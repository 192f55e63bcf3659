#include "net/socket_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <optional>

namespace shoal {
namespace {

using namespace std::chrono_literals;

class Loop : public testing::Test {
 protected:
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
};

// A pair of sockets; what is said into `near` makes `far` ready.
struct Pair {
  Pair() {
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0, "a pair");
    near = Descriptor(ends[0]);
    far = Descriptor(ends[1]);
  }
  void Say() const { CHECK(write(near.get(), "x", 1) == 1, "there is room"); }

  Descriptor near;
  Descriptor far;
};

class Hearer final : public SocketLoop::Watcher {
 public:
  explicit Hearer(std::function<void()> ready) : ready_(std::move(ready)) {}
  void Ready(std::uint32_t) override { ready_(); }
  void EndOfTurn() override { ++ends; }
  int ends = 0;

 private:
  std::function<void()> ready_;
};

TEST_F(Loop, RunsWhatIsPostedInOrderOnItsThread) {
  std::vector<int> order;
  loop_->Post([&] { order.push_back(loop_->IsOnThread() ? 1 : 0); });
  loop_->PostAndWait([&] { order.push_back(2); });
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_FALSE(loop_->IsOnThread());
}

TEST_F(Loop, NothingThatIsPostedIsLostAtTheEnd) {
  std::atomic<int> ran = 0;
  for (int i = 0; i < 1000; ++i) loop_->Post([&] { ++ran; });
  loop_.reset();
  EXPECT_EQ(ran, 1000);
}

TEST_F(Loop, WakesFromManyThreads) {
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) loop_->PostAndWait([&] { ++ran; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, 2000);
}

TEST_F(Loop, AWatcherHearsOfItsSocketUntilItIsForgotten) {
  const Pair pair;
  std::atomic<int> heard = 0;
  Hearer hearer([&] {
    ++heard;
    loop_->Forget(pair.far.get());
  });
  loop_->PostAndWait([&] { loop_->Watch(pair.far.get(), EPOLLIN, hearer); });
  pair.Say();
  while (heard == 0) loop_->PostAndWait([] {});
  pair.Say();
  for (int i = 0; i < 10; ++i) loop_->PostAndWait([] {});
  EXPECT_EQ(heard, 1);
}

// Both are ready in the same turn; whoever comes first forgets the other, whose number another
// socket may get.
TEST_F(Loop, WhatIsSaidOfAForgottenSocketReachesNobody) {
  const Pair a;
  const Pair b;
  const Pair c;
  int heard = 0;
  int watched = -1;
  std::optional<Hearer> first;
  std::optional<Hearer> second;
  Hearer third([&] { ADD_FAILURE() << "nothing was said to it"; });
  const auto forget = [&](const Pair& mine, const Pair& other) {
    ++heard;
    loop_->Forget(mine.far.get());
    loop_->Forget(other.far.get());
    ASSERT_EQ(dup3(c.far.get(), other.far.get(), O_CLOEXEC), other.far.get());
    watched = other.far.get();
    loop_->Watch(watched, EPOLLIN, third);
  };
  first.emplace([&] { forget(a, b); });
  second.emplace([&] { forget(b, a); });
  loop_->PostAndWait([&] {
    loop_->Watch(a.far.get(), EPOLLIN, *first);
    loop_->Watch(b.far.get(), EPOLLIN, *second);
    a.Say();
    b.Say();
  });
  for (int i = 0; i < 10; ++i) loop_->PostAndWait([] {});
  loop_->PostAndWait([&] { loop_->Forget(watched); });
  EXPECT_EQ(heard, 1);
}

TEST_F(Loop, WhatIsPutOffComesOnceAtTheEndOfTheTurnUnlessForgotten) {
  const Pair a;
  const Pair b;
  Hearer kept([] {});
  Hearer forgotten([] {});
  loop_->PostAndWait([&] {
    loop_->Watch(a.far.get(), 0, kept);
    loop_->Watch(b.far.get(), 0, forgotten);
    loop_->PutOff(a.far.get());
    loop_->PutOff(b.far.get());
    loop_->Forget(b.far.get());
    EXPECT_EQ(kept.ends, 0);
  });
  for (int i = 0; i < 5; ++i) loop_->PostAndWait([] {});
  loop_->PostAndWait([&] {
    EXPECT_EQ(kept.ends, 1);
    EXPECT_EQ(forgotten.ends, 0);
  });
}

TEST_F(Loop, TimersFireInOrderAndNotOnceCancelled) {
  std::vector<int> fired;
  std::atomic<bool> last = false;
  loop_->PostAndWait([&] {
    const auto now = loop_->Now();
    loop_->SetTimer(now + 3ms, [&] { last = true; });
    loop_->SetTimer(now + 2ms, [&] { fired.push_back(2); });
    loop_->SetTimer(now + 1ms, [&] { fired.push_back(1); });
    loop_->CancelTimer(loop_->SetTimer(now + 1ms, [&] { fired.push_back(9); }));
  });
  while (!last) std::this_thread::yield();
  loop_->PostAndWait([&] { EXPECT_EQ(fired, (std::vector<int>{1, 2})); });
}

class Counter final : public SocketLoop::Resident {
 public:
  SocketLoop::TimePoint Turn() override {
    ++turns;
    return SocketLoop::TimePoint::max();
  }
  int turns = 0;
};

TEST_F(Loop, AResidentHasATurnAfterEachWakeUpUntilItIsRemoved) {
  Counter counter;
  loop_->PostAndWait([&] { loop_->Add(counter); });
  loop_->PostAndWait([] {});
  loop_->PostAndWait([&] {
    EXPECT_GE(counter.turns, 1);
    loop_->Remove(counter);
    counter.turns = 0;
  });
  loop_->PostAndWait([] {});
  loop_->PostAndWait([&] { EXPECT_EQ(counter.turns, 0); });
}

}  // namespace
}  // namespace shoal
