// An EventLoop that is a thread of its own, which sleeps on a condition variable.
#pragma once

#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/event_loop.h"

namespace shoal {

// Thread-safe as EventLoop says; Run and Stop are not called at the same time.
template <typename Event>
class ThreadEventLoop final : public EventLoop<Event> {
 public:
  using typename EventLoop<Event>::Step;

  // TryPost holds at most `capacity` events.
  explicit ThreadEventLoop(std::size_t capacity) : inbox_(capacity) {}
  ~ThreadEventLoop() override { Stop(); }

  bool TryPost(Event event) override { return inbox_.TryPush(std::move(event)); }
  bool Post(Event event) override { return inbox_.PushAlways(std::move(event)); }

  void Run(Step step) override {
    CHECK(!thread_.joinable(), "an event loop runs once");
    thread_ = std::thread([this, step = std::move(step)] {
      std::vector<Event> events;
      typename EventLoop<Event>::TimePoint wake_up{};
      while (inbox_.TakeAll(events, wake_up)) wake_up = step(events);
    });
  }

  void Stop() override {
    inbox_.Close();
    if (thread_.joinable()) thread_.join();
  }

 private:
  BoundedQueue<Event> inbox_;
  std::thread thread_;
};

}  // namespace shoal
