// Says in the log that connections were refused: for each limit that was reached at most once a
// second, with how many they were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/sampled_count.h"

namespace shoal {

// Not thread-safe.
class RefusalLog {
 public:
  explicit RefusalLog(const Clock& clock) : clock_(clock) {}

  // One more connection was refused; `total` of all limits so far.
  void Add(std::string_view limit, std::size_t value, std::uint64_t total);
  // At the end: what was not said yet.
  void SayRest();

 private:
  struct Limit {
    SampledCount count;
    std::size_t value = 0;
  };
  void Say(const std::string& name, const Limit& limit, std::uint64_t count) const;

  const Clock& clock_;
  std::map<std::string, Limit> limits_;
  std::uint64_t total_ = 0;
};

}  // namespace shoal
