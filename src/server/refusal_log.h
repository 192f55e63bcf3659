// Says in the log that connections to a port were refused: for each limit that was reached at most
// once a second, with how many they were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/acceptor.h"
#include "telemetry/sampled_count.h"

namespace shoal {

// Not thread-safe.
class RefusalLog {
 public:
  // `port`: "grpc" or "worker", as in a ready file.
  RefusalLog(const Clock& clock, std::string port) : clock_(clock), port_(std::move(port)) {}

  void Add(const RefusedConnection& refused);
  // At the end: what was not said yet.
  void SayRest();

 private:
  struct Limit {
    SampledCount count;
    std::size_t value = 0;
  };
  void Say(const std::string& name, const Limit& limit, std::uint64_t count) const;

  const Clock& clock_;
  const std::string port_;
  std::map<std::string, Limit> limits_;
  std::uint64_t total_ = 0;
};

}  // namespace shoal
