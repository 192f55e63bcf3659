// The rule with numbers: a call has 300 ms and needs 20 ms by itself. Its spare time is 280 ms.
// The guard is half of that, but at most 80 ms + 300 ms / 10 = 110 ms. So it may wait for 280 - 110
// = 170 ms: it comes in behind 170 ms of work and is refused behind more, with the excess as hint.
//
// Half the spare time suits short deadlines. For long ones it would be more than can go wrong: a
// stolen time slice, and a prediction that is off by a tenth.
#include "scheduler/admission.h"

#include <algorithm>

namespace shoal {

using std::chrono::microseconds;

namespace {

// The most that a guard is: a stolen time slice, and a tenth of the deadline for misprediction.
constexpr microseconds kStolenSlice{80'000};
constexpr int kMispredictionShare = 10;
// Nobody in the urgent queue waits longer than a second, or, of a slow model, than four batches.
constexpr microseconds kLongestWait{1'000'000};
constexpr int kLongestWaitBatches = 4;

microseconds TimeFor(Cost cost, double speed) { return RoundUp(static_cast<double>(cost) / speed); }

}  // namespace

microseconds OwnTime(const Candidate& candidate, const PoolView& pool, double own_speed,
                     Start start) {
  const Cost last = std::min(candidate.cost, pool.batch_cost);
  const microseconds last_batch = start == Start::kAtOnce
                                      ? pool.TimeAlone(std::max(last, candidate.longest_text))
                                      : pool.BatchTime(candidate.longest_text);
  return TimeFor(candidate.cost - last, own_speed) + last_batch + pool.round_trip;
}

microseconds Guard(microseconds spare, microseconds until_deadline) {
  return std::min(spare / 2, kStolenSlice + until_deadline / kMispredictionShare);
}

AdmissionAnswer Admit(const Candidate& candidate, const PoolView& pool,
                      const QueueOutlook& outlook) {
  const microseconds wait = pool.running + TimeFor(outlook.ahead, outlook.speed);
  const Start start = wait == microseconds::zero() ? Start::kAtOnce : Start::kFromQueue;
  const microseconds spare =
      candidate.until_deadline - OwnTime(candidate, pool, outlook.own_speed, start);
  if (spare < microseconds::zero()) {
    return {.admission = Admission::kUnserviceable, .retry_after = wait - spare};
  }
  const microseconds guard = Guard(spare, candidate.until_deadline);
  microseconds longest_wait = spare - guard;
  if (candidate.urgent) {
    longest_wait =
        std::min(longest_wait, std::max(kLongestWait, kLongestWaitBatches * pool.BatchTime(0)));
  }
  if (wait > longest_wait) {
    return {.admission = Admission::kOverloaded, .retry_after = wait - longest_wait};
  }
  return {.admission = Admission::kAdmit, .guard = guard};
}

}  // namespace shoal
