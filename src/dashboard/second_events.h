// What of one second after the other is an event: texts begin or cease to be refused for a reason
// that lies with the server, and texts that take workers down are refused from then on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "api/verdict.h"
#include "dashboard/recent_events.h"
#include "dashboard/second_sample.h"

namespace shoal {

// Not thread-safe.
class SecondEvents {
 public:
  // What was refused is over when for so many seconds none was.
  static constexpr int kQuietSeconds = 10;

  std::vector<RecentEvent> Look(const SecondSample& second);

 private:
  // Of one reason.
  struct Refusing {
    std::uint64_t texts = 0;  // that were refused so far; 0: none are
    int quiet_seconds = 0;
  };

  std::array<Refusing, kVerdicts> refusing_{};
};

// It says something of the server's load and state, and not of one request alone.
bool LiesWithServer(Verdict refusal);

}  // namespace shoal
