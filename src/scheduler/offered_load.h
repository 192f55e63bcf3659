// How much work callers want done: what is admitted and what is refused, each call once however
// often it is tried.
//
// Arrivals come in lumps, so a short mean shakes and a long one is late. The mean here is that of
// the last minute, or of the time since the load has changed:
//
//     |<------------- the window, 10 s to 60 s ------------->|
//                                           |<--- recent --->|
//     changed: the mean of the last 10 s is further from that of the window than chance puts it
//
// Chance is known: of calls that come independently of each other, the cost within a time varies
// by the sum of their squares. Beyond three deviations the window is cut to the last 10 s; it stays
// that long until those have passed and grows again. So a step is followed in ten seconds, and one
// large call, or ten, is no step.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "scheduler/cost.h"
#include "scheduler/refused_calls.h"

namespace shoal {

struct OfferedCall {
  Cost cost = 0;            // may be an estimate, see Correct
  std::uint64_t key = 0;    // the same for every attempt of the call; 0: it has none
  bool says_retry = false;  // the caller says that it tried before
};

struct OfferedRate {
  double per_us = 0;     // cost per µs
  double deviation = 0;  // of per_us: what is chance about it
};

// Not thread-safe. A time before the last one counts as the last one. Arrivals and refusals
// take constant time; nothing is allocated after the constructor.
class OfferedLoad {
 public:
  // Whether it counts: false for one that came before.
  bool Arrived(std::chrono::microseconds now, const OfferedCall& call);
  // A call that counted with an estimate turned out to cost `exact`.
  void Correct(std::chrono::microseconds now, Cost estimate, Cost exact);
  // A call of this key was refused, and may come again.
  void Refused(std::chrono::microseconds now, std::uint64_t key);

  OfferedRate Rate(std::chrono::microseconds now);

 private:
  static constexpr std::chrono::microseconds kWidth{250'000};  // of a bucket
  static constexpr std::int64_t kRecent = 40;                  // buckets
  static constexpr std::int64_t kLongest = 240;

  // What came in a time.
  struct Sum {
    double cost = 0;
    double squares = 0;
  };

  void Advance(std::chrono::microseconds now);
  void CloseBucket();
  void CutIfChanged();
  Sum& Bucket(std::int64_t number);
  std::int64_t WindowBegin() const;
  // Of the buckets from `begin` until the open one.
  Sum SumFrom(std::int64_t begin);

  RefusedCalls refused_;
  std::array<Sum, kLongest + 1> buckets_{};
  bool started_ = false;
  std::int64_t open_ = 0;  // the bucket that time is in, by number
  std::int64_t cut_ = 0;   // where the window begins, if that makes it neither too short nor long
};

}  // namespace shoal
