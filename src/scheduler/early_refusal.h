// Refusing before a text is even tokenised: an edge under a flood knows, from a snapshot of the
// queue that is a few milliseconds old, that a call has no chance. It may only say `overloaded`:
// what a call really needs is known once it is tokenised.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "api/embed.h"
#include "scheduler/admission.h"
#include "scheduler/cost.h"
#include "scheduler/pool_view.h"
#include "scheduler/queue_ring.h"

namespace shoal {

// What one queue holds.
struct QueueOutline {
  std::int64_t first_bucket = 0;
  std::chrono::microseconds width{0};
  double speed = 0;                                 // ν: cost per µs
  double own_speed = 0;                             // ν_own
  Cost ahead = 0;                                   // that goes before the whole queue
  std::array<Cost, QueueRing::kBuckets> through{};  // cost up to and with each bucket
};

struct QueueSnapshot {
  PoolView pool{};  // speed 0: no worker, nobody is refused
  QueueOutline urgent{};
  QueueOutline patient{};
};

struct EarlyQuestion {
  std::chrono::microseconds now{0};
  std::chrono::microseconds deadline{0};
  Priority priority = Priority::kNormal;  // kBulk: never refused here
  Cost least_cost = 0;                    // what its texts need at least, see LeastTokens
  Cost longest_text = 0;                  // at least
};

// A text of so many bytes has at least this many tokens, special ones included. Prose has one in
// four to five bytes; only a text of endless words has fewer than one in eight, and may be refused
// a little early when the queue is long.
constexpr std::uint32_t LeastTokens(std::size_t bytes, std::uint32_t max_tokens) {
  const std::size_t least = bytes / 8 < 3 ? 3 : bytes / 8;
  return least < max_tokens ? static_cast<std::uint32_t>(least) : max_tokens;
}

// Whether a deadline is near enough for the urgent queue.
constexpr bool IsUrgent(std::chrono::microseconds until_deadline, Priority priority) {
  return priority == Priority::kHigh || until_deadline <= std::chrono::seconds(5);
}

// When to try again; none: it has a chance. Pure.
std::optional<std::chrono::microseconds> RefuseEarly(const QueueSnapshot& snapshot,
                                                     const EarlyQuestion& question);

}  // namespace shoal
