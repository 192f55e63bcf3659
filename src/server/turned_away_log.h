// Says in the log that connections to the worker port were turned away: at most once a second, with
// how many they were and why the last one was.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "rpc/link_server.h"
#include "telemetry/sampled_count.h"

namespace shoal {

// Not thread-safe.
class TurnedAwayLog {
 public:
  explicit TurnedAwayLog(const Clock& clock) : count_(clock) {}

  void Add(const TurnedAway& who);
  // At the end: what was not said yet.
  void SayRest();

 private:
  void Say(std::uint64_t count) const;

  SampledCount count_;
  std::string peer_;  // the last one
  std::string why_;
};

// At most `size` bytes of UTF-8, cut between two characters, then marked with "...".
std::string Shortened(std::string_view text, std::size_t size);

}  // namespace shoal
