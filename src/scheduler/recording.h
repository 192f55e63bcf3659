// What a scheduler was told and what it answered, as bytes: a recording of a coordinator that runs
// can be replayed elsewhere, Step by Step, and must give the same answers.
//
//   header   "SHOALREC", version, SchedulerOptions
//   a Step   length of the rest | time since the last | events | number and hash of the actions
//
// Integers are varints but for hashes and doubles (8 bytes, little-endian). Texts are not in it:
// the scheduler never sees them. A recording that breaks off is replayed up to there.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "scheduler/scheduler.h"

namespace shoal {

// Not thread-safe.
class RecordingWriter {
 public:
  explicit RecordingWriter(const SchedulerOptions& options);

  // One Step: what it was given and what came of it.
  void Add(std::chrono::microseconds now, std::span<const SchedulerEvent> events,
           std::span<const SchedulerAction> actions);

  // What was written and not yet taken away. Begins with the header.
  const std::string& bytes() const { return bytes_; }
  void Clear() { bytes_.clear(); }

 private:
  std::string bytes_;
  std::string step_;  // kept for its memory
  std::chrono::microseconds last_{0};
};

// Of everything that the actions say, in their order.
std::uint64_t HashOf(std::span<const SchedulerAction> actions);

struct Replayed {
  std::uint64_t steps = 0;
  std::uint64_t events = 0;
  std::uint64_t actions = 0;
  bool cut = false;  // the last Step is not whole: the writer was interrupted
};

// Gives a new scheduler what the recording says. DATA_LOSS: this is no recording, or a broken one.
// FAILED_PRECONDITION: at the Step that is named the scheduler does something else.
Result<Replayed> Replay(std::string_view recording);

}  // namespace shoal
