// What callers want of a coordinator, whoever refuses it and on which thread: the offered load,
// with the costs of calls that may never be tokenised.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "api/embed.h"
#include "base/mutex.h"
#include "scheduler/cost_per_byte.h"
#include "scheduler/offered_load.h"

namespace shoal {

// Thread-safe. Times are µs of one monotonic clock.
class Demand {
 public:
  // What is to be remembered of a call.
  struct Call {
    std::uint64_t key = 0;  // the same for every attempt of it
    std::size_t bytes = 0;  // of its texts and their prompts
    Cost estimate = 0;
    bool counts = false;  // it did not come before
  };

  // `seed`: nobody outside can make two calls of one key.
  explicit Demand(std::uint64_t seed) : seed_(seed) {}

  Call Arrived(std::chrono::microseconds now, const EmbedRequest& request, std::size_t prompt_bytes)
      EXCLUDES(mutex_);
  // It turned out to cost `exact`.
  void Tokenized(std::chrono::microseconds now, const Call& call, Cost exact) EXCLUDES(mutex_);
  // It was refused, and told to come again.
  void Refused(std::chrono::microseconds now, const Call& call) EXCLUDES(mutex_);

  OfferedRate Rate(std::chrono::microseconds now) EXCLUDES(mutex_);
  // Cost of all calls that counted. It may fall: what a call was thought to cost is corrected.
  Cost Total() EXCLUDES(mutex_);

 private:
  const std::uint64_t seed_;
  Mutex mutex_;
  OfferedLoad load_ GUARDED_BY(mutex_);
  CostPerByte cost_per_byte_ GUARDED_BY(mutex_);
  Cost total_ GUARDED_BY(mutex_) = 0;
};

}  // namespace shoal
