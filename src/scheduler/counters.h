// What a scheduler counts, from its beginning on, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "scheduler/cost.h"

namespace shoal {

// Why the work of a worker was for nobody.
enum class Waste : std::uint8_t {
  kLate,           // the call had ended without it
  kCancelled,      // the caller had gone
  kSecondAttempt,  // another worker was faster
  kRequeued        // its worker was lost while it ran, or it ran although it was taken back
};
inline constexpr std::size_t kWastes = 4;

// Why an item goes back into its queue.
enum class Requeue : std::uint8_t {
  kWorkerLost,
  kFailed,  // the worker could not compute it
  kNotRun,  // the worker did not begin it: it took it to be too late, or was told so
  kLate     // it was staged behind a batch that is overdue
};
inline constexpr std::size_t kRequeues = 4;

// Where an item was as its call was cancelled.
enum class CancelPlace : std::uint8_t { kQueue, kStaged, kWorker };
inline constexpr std::size_t kCancelPlaces = 3;

constexpr std::string_view Name(Waste why) {
  constexpr std::string_view kNames[kWastes] = {"late", "cancelled", "second_attempt", "requeued"};
  return kNames[static_cast<std::size_t>(why)];
}
constexpr std::string_view Name(Requeue why) {
  constexpr std::string_view kNames[kRequeues] = {"worker_lost", "failed", "not_run", "late"};
  return kNames[static_cast<std::size_t>(why)];
}
constexpr std::string_view Name(CancelPlace where) {
  constexpr std::string_view kNames[kCancelPlaces] = {"queue", "staged", "worker"};
  return kNames[static_cast<std::size_t>(where)];
}

// One number for each reason.
template <typename Number, typename Reason, std::size_t kReasons>
class CountByReason {
 public:
  void Add(Reason reason, Number by = 1) { counts_[static_cast<std::size_t>(reason)] += by; }
  Number operator[](Reason reason) const { return counts_[static_cast<std::size_t>(reason)]; }
  Number total() const { return std::accumulate(counts_.begin(), counts_.end(), Number{0}); }

 private:
  std::array<Number, kReasons> counts_{};
};

struct SchedulerCounters {
  std::uint64_t calls_admitted = 0;
  std::uint64_t batches_sent = 0;
  std::uint64_t items_sent = 0;
  std::uint64_t items_done = 0;
  CountByReason<std::uint64_t, Requeue, kRequeues> items_requeued;
  std::uint64_t items_recalled = 0;  // staged behind a late batch, taken back
  std::uint64_t items_wasted = 0;  // results that came too late, twice, or from a closed attachment
  CountByReason<std::uint64_t, CancelPlace, kCancelPlaces> items_cancelled;
  Cost cost_done = 0;
  CountByReason<Cost, Waste, kWastes> cost_wasted;
  // Admitted, never sent: its call was cancelled, or ended otherwise.
  Cost cost_saved_cancelled = 0;
  Cost cost_saved_expired = 0;
  std::uint64_t protocol_errors = 0;
  std::uint64_t batches_late = 0;
  std::uint64_t second_attempts = 0;       // batches
  std::uint64_t second_attempts_won = 0;   // items whose second copy answered first
  std::uint64_t second_attempts_lost = 0;  // items whose second copy was for nobody
  std::uint64_t probes = 0;
  std::uint64_t workers_silent = 0;   // closed: nothing was heard
  std::uint64_t workers_stalled = 0;  // closed: a batch did not come back
  std::uint64_t workers_failing = 0;  // closed: batches kept failing
  std::uint64_t attempts_given_back = 0;
  std::uint64_t items_set_alone = 0;  // that failed once, and share no batch from then on
  std::uint64_t poison_blamed = 0;
  std::uint64_t poison_banned = 0;
  std::uint64_t deadlines_armed = 0;  // = fired + disarmed + open calls
  std::uint64_t deadlines_fired = 0;
  std::uint64_t deadlines_disarmed = 0;
};

}  // namespace shoal
