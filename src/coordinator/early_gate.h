// Where a call is refused before its texts are tokenised, when the queue leaves it no chance: under
// a flood that is most calls, and tokenising them would take the time of those that have one.
//
//   owner thread ── Publish(snapshot) ──► gate ◄── Check(request) ── edges' threads
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/embed.h"
#include "base/mutex.h"
#include "scheduler/early_refusal.h"

namespace shoal {

// Thread-safe.
class EarlyGate {
 public:
  struct Options {
    std::uint32_t max_tokens = 0;      // of one text
    std::uint32_t attention_cost = 0;  // K, see scheduler/cost.h
  };
  struct Call {
    std::chrono::microseconds now{0};
    std::chrono::microseconds deadline{0};
    std::size_t prompt_bytes = 0;  // in front of every text
    CallId call = 0;               // spreads the hints when to retry
  };

  explicit EarlyGate(Options options) : options_(options) {}

  void Publish(std::chrono::microseconds now, const QueueSnapshot& snapshot);

  // `overloaded`, or nothing: then the scheduler decides. Without a snapshot of the last 50 ms
  // nobody is refused.
  std::optional<Refusal> Check(const EmbedRequest& request, const Call& call);

  std::uint64_t refused() const { return refused_; }

 private:
  struct Published {
    std::chrono::microseconds at{0};
    QueueSnapshot snapshot;
  };

  const Options options_;
  std::atomic<std::uint64_t> refused_{0};
  Mutex mutex_;
  std::shared_ptr<const Published> published_ GUARDED_BY(mutex_);
};

}  // namespace shoal
