// The one thread that owns a state, as the owner of that state sees it: anybody posts events, the
// thread hands all that came to a step, in order, and wakes it when it asked to be woken.
//
//   edges, links ──Post──► [ inbox ] ──step(events)──► the state     one thread
//                                        │ returns when to wake it again
//                                        └───────────────────────────►
//
// An interface, so that a state does not care whether the thread waits on a condition variable
// (base/thread_event_loop.h), sleeps in epoll beside its sockets, or is a test that turns by hand.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

namespace shoal {

template <typename Event>
class EventLoop {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Gets what was posted since the last step, in the order of posting; nothing when only its time
  // has come. Consumes it. Returns when to be called again if nothing is posted before.
  using Step = std::function<TimePoint(std::vector<Event>& events)>;

  virtual ~EventLoop() = default;

  // Both from any thread, and both false once Stop was called: then the event is dropped. TryPost
  // is false too while the inbox is full; Post is for what must not be dropped and is bounded by
  // other means.
  virtual bool TryPost(Event event) = 0;
  virtual bool Post(Event event) = 0;

  // Once. Calls `step` soon, then again and again, on the thread of the loop.
  virtual void Run(Step step) = 0;

  // Takes no more events, lets `step` have those that came, ends the thread. Blocks; not from
  // within a step. After it `step` is not called any more. More calls do nothing.
  virtual void Stop() = 0;
};

}  // namespace shoal
