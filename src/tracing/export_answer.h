// What the answer of a collector means for the spans that were sent to it. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "http/http_client_pool.h"

namespace shoal {

struct ExportAnswer {
  enum class Fate {
    kTaken,     // but for `rejected` of them
    kTryAgain,  // send the same once more, later
    kLost,      // sending it again would not help
  };
  Fate fate = Fate::kTaken;
  std::uint64_t rejected = 0;
  std::optional<std::chrono::milliseconds> retry_after;  // as the collector wants it
  std::string why;                                       // what the collector or the network says
};

ExportAnswer ReadExportAnswer(const Result<ReceivedAnswer>& answer);

// How often the same spans are sent.
inline constexpr int kMostAttempts = 5;
// Before the next after so many attempts. `part`: where in the interval, 0 to 1.
std::chrono::milliseconds RetryWait(int attempts,
                                    std::optional<std::chrono::milliseconds> retry_after,
                                    double part);

}  // namespace shoal
