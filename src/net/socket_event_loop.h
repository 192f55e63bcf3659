// An EventLoop that lives on a SocketLoop: a state and the sockets that feed it share one thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/event_loop.h"
#include "net/socket_loop.h"

namespace shoal {

// Thread-safe as EventLoop says; Run and Stop are not called at the same time, nor on the loop's
// thread.
template <typename Event>
class SocketEventLoop final : public EventLoop<Event>, private SocketLoop::Resident {
 public:
  using typename EventLoop<Event>::Step;
  using typename EventLoop<Event>::TimePoint;

  // TryPost holds at most `capacity` events. `loop` outlives this.
  SocketEventLoop(SocketLoop& loop, std::size_t capacity) : loop_(loop), inbox_(capacity) {}
  ~SocketEventLoop() override { Stop(); }

  bool TryPost(Event event) override {
    if (!inbox_.TryPush(std::move(event))) return false;
    loop_.Wake();
    return true;
  }
  bool Post(Event event) override {
    if (!inbox_.PushAlways(std::move(event))) return false;
    loop_.Wake();
    return true;
  }

  void Run(Step step) override {
    CHECK(!step_, "an event loop runs once");
    step_ = std::move(step);
    loop_.PostAndWait([this] { loop_.Add(*this); });
  }

  void Stop() override {
    inbox_.Close();
    if (!step_ || stopped_) return;
    stopped_ = true;
    loop_.PostAndWait([this] {
      if (inbox_.TakeWhatIsThere(events_)) step_(events_);
      loop_.Remove(*this);
    });
  }

 private:
  TimePoint Turn() override {
    const bool posted = inbox_.TakeWhatIsThere(events_);
    if (posted || wake_up_ <= loop_.Now()) wake_up_ = step_(events_);
    return wake_up_;
  }

  SocketLoop& loop_;
  BoundedQueue<Event> inbox_;
  Step step_;
  bool stopped_ = false;
  std::vector<Event> events_;  // of the loop's thread, as is wake_up_
  TimePoint wake_up_{};
};

}  // namespace shoal
