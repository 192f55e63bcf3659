// What happened to a coordinator lately, for people: the last 100, each with a number. An event
// never changes, so who follows gets each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "dashboard/state_tree.h"

namespace shoal {

enum class EventKind {
  kStarted,
  kJoined,
  kReturned,  // joined, as a new process
  kLost,
  kLate,
  kRecovered,  // late no more
  kEjected,
  kDraining,
  kDrained,
  kResumed,
  kRefusing,
  kRefusingEnded,
  kSecondAttempt,
  kPoison,
};
// "started", "joined" ...
std::string_view Name(EventKind kind);

struct RecentEvent {
  EventKind kind = EventKind::kStarted;
  std::string text;          // a sentence without a full stop: what happened, and why
  std::string worker;        // empty: it is of none, as are the next two
  std::string incarnation;   // of the worker
  std::string_view reason;   // of a refusal; a literal
  std::int64_t unix_ms = 0;  // 0: now
};

// Not thread-safe.
class RecentEvents {
 public:
  static constexpr std::size_t kKept = 100;
  // Bytes; a worker gives itself its id, and says why its link broke.
  static constexpr std::size_t kMostOfId = 200;
  static constexpr std::size_t kMostOfText = 400;

  void Add(std::int64_t now_unix_ms, const RecentEvent& event);

  // By number, the oldest first.
  void AddTo(StateTree& to) const;

 private:
  std::uint64_t last_ = 0;
  std::deque<std::pair<std::string, std::string>> events_;  // number and JSON
};

}  // namespace shoal
