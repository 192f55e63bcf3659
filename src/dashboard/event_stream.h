// A state that others follow as text/event-stream: the whole of it first (`snapshot`), then what
// changed (`delta`, a JSON merge patch), once a second and at once where somebody says so. Each
// change is worked out and written once, whoever listens; nothing is, while nobody does.
//
// Events have ids that grow by one. Who comes back with the last one is told what came since, as
// far as it is kept, else the whole.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/state_tree.h"
#include "routes/route_call.h"

namespace shoal {

// On one thread, but for what says otherwise.
class EventStream {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kMostFollowers = 64;
  static constexpr std::size_t kKeptEvents = 60;
  static constexpr std::size_t kMostUnsent = 1 << 20;  // bytes; who leaves more unread is dropped
  static constexpr std::chrono::seconds kPeriod{1};
  static constexpr std::chrono::seconds kPing{15};
  // Between changes that are told at once: a hundred workers that come together are one.
  static constexpr std::chrono::milliseconds kLeastGap{50};

  // `life`: no two streams have the same; ids of events begin with it. No '\n' in it. `phase`: what
  // there is to tell each second is told so long after the clock's second has begun.
  EventStream(std::string life, std::function<StateTree(TimePoint now)> state,
              std::chrono::milliseconds phase = std::chrono::milliseconds(0))
      : life_(std::move(life)), state_(std::move(state)), phase_(phase) {}

  // Answers `call` with events from now on, or refuses it. This outlives what it returns.
  std::unique_ptr<HttpWork> Open(RouteCall call, TimePoint now);

  // The state has changed in a way that must be seen at once. Thread-safe; a Turn has to follow.
  void Changed() { changed_ = true; }
  // Tells followers what there is to tell. Returns when to be called again.
  TimePoint Turn(TimePoint now);
  // Tells them the last, and ends all of them.
  void EndAll(TimePoint now);

  // Thread-safe.
  std::size_t followers() const { return count_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  class Follower;

  TimePoint NextDelta(TimePoint now) const;
  void Update(TimePoint now);
  void SendAll(std::string_view text);
  void DropSlow();
  void Leave(Follower& follower);
  std::string Begin(std::string_view last_id) const;
  bool AppendSince(std::string_view last_id, std::string& to) const;
  std::string Event(std::string_view kind, std::string_view data) const;

  const std::string life_;
  const std::function<StateTree(TimePoint now)> state_;
  const std::chrono::milliseconds phase_;

  StateTree current_;  // as the followers have it
  std::uint64_t version_ = 0;
  std::deque<std::string> events_;  // the deltas that led to it; the last is of version_
  std::vector<Follower*> followers_;
  TimePoint next_delta_{};
  TimePoint next_ping_{};
  TimePoint last_update_{};
  std::atomic<bool> changed_{false};
  std::atomic<std::size_t> count_{0};  // of followers_
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace shoal
