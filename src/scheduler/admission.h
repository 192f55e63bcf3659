// May this call come in? That depends on when it would be done, not on how many are waiting.
//
// A call needs time of its own (`own`: all but its last batch at the speed it will get, then
// that batch and a round trip) and waits for what runs and what is queued before it (`wait`). What
// is left until the deadline beyond `own` is its spare time; a part of that, the guard, is never
// spent on waiting:
//
//     |<---- wait ---->|<---- own ---->|<--- guard or more --->|
//     now                                                      deadline
//
// Why not admit to the last microsecond? Every small error (a stolen core, a batch packed badly)
// would break a promise: simulated at twice the capacity, 8 % of what was admitted came late. With
// the guard nothing does, at the same throughput, for workers set the throughput as long as the
// queue is not empty. What can start at once is never refused for its guard, and its own batch is
// not reckoned as one that others fill up.
#pragma once

#include <chrono>

#include "scheduler/cost.h"
#include "scheduler/pool_view.h"

namespace shoal {

struct Candidate {
  Cost cost = 0;          // of all its texts; > 0
  Cost longest_text = 0;  // a text is never split: it may exceed a batch alone
  std::chrono::microseconds until_deadline{0};  // from now
  bool urgent = true;  // in the urgent queue nobody waits long; patient work may
};

// What the call's queue can count on.
struct QueueOutlook {
  double speed = 0;      // cost per µs of the queue, ν; > 0
  double own_speed = 0;  // cost per µs that the call itself will get, ν_own; > 0
  Cost ahead = 0;        // queued cost that would run first, Q
};

enum class Admission {
  kAdmit,
  kUnserviceable,  // not even an empty queue would do. Final only if asked of the best pool of the
                   // last minute; of the pool of now it means kOverloaded to the caller
  kOverloaded,     // only the queue is in the way: try again after `retry_after`
};

struct AdmissionAnswer {
  Admission admission = Admission::kAdmit;
  std::chrono::microseconds guard{0};        // kAdmit: spare time that waiting may not use
  std::chrono::microseconds retry_after{0};  // when the queue should be short enough
};

// What the call needs by itself, from its start until its last batch is back.
enum class Start { kAtOnce, kFromQueue };
std::chrono::microseconds OwnTime(const Candidate& candidate, const PoolView& pool,
                                  double own_speed, Start start);

// Spare time that waiting may not use.
std::chrono::microseconds Guard(std::chrono::microseconds spare,
                                std::chrono::microseconds until_deadline);

// The rule. `pool.speed` > 0. Pure.
AdmissionAnswer Admit(const Candidate& candidate, const PoolView& pool,
                      const QueueOutlook& outlook);

}  // namespace shoal
