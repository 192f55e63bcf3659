// What arrives: a list of calls, drawn once, so that every policy is given exactly the same work.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "table_pool.h"

namespace shoal::table {

// How many texts a call has.
enum class Texts {
  kMany,       // 1 to 32, and 2 % of the calls 200
  kMostlyOne,  // 1; 10 % of the calls 32 and 2 % 200
  kAlwaysOne,
};

// Equal, or log-uniform between the two.
struct Deadlines {
  microseconds shortest{300'000};
  microseconds longest{300'000};
};

struct TraceOptions {
  Texts texts = Texts::kMany;
  Deadlines deadlines{};
  double no_deadline_share = 0;      // of the calls
  std::uint32_t patient_tokens = 0;  // length of every text without a deadline; 0: like the others
  // Calls that need a larger part of their deadline by themselves are not offered. Below 1 it is an
  // easier world than the bars ask for.
  double most_own_share = 1;
  double load = 1;  // offered cost / capacity
  microseconds duration{20'000'000};
};

inline constexpr microseconds kNoDeadline{0};

struct TraceCall {
  microseconds arrival{0};
  microseconds patience{0};  // until the deadline; kNoDeadline: none
  std::size_t first_length = 0;
  std::uint32_t texts = 0;
  Cost cost = 0;
  std::uint64_t client = 1;
};

struct Trace {
  microseconds duration{0};
  // Callers of a closed loop: they take the first `in_loop` calls in turn, whose arrival times mean
  // nothing; who is refused waits as long as he is told. The other calls arrive at their time.
  int callers = 0;
  std::size_t in_loop = 0;
  // How often a caller who is refused tries the same call again, after as long as he is told.
  int retries = 0;
  std::vector<TraceCall> calls;
  std::vector<std::uint32_t> lengths;

  std::span<const std::uint32_t> Lengths(const TraceCall& call) const {
    return std::span(lengths).subspan(call.first_length, call.texts);
  }
};

// Poisson arrivals of `load` times `capacity` (cost per µs). Calls that an empty pool could
// not serve in time, by the arithmetic of Pool::OwnUs, are not offered. Lengths are lognormal,
// about 31 tokens on average, at most 256.
Trace OpenLoop(const TraceOptions& options, const Pool& pool, double capacity, std::uint64_t seed);

// `callers` without a deadline: each sends its next call when it has its answer.
Trace ClosedLoop(Texts texts, const Pool& pool, int callers, microseconds duration,
                 std::uint64_t seed);

// A job of one client beside another client's call a second, of one text and with `patience`. All
// texts have 32 tokens.
struct CrowdOptions {
  int callers = 64;  // of a closed loop, without a deadline
  std::uint32_t texts = 32;
  microseconds patience{300'000};
  microseconds duration{60'000'000};
};
Trace Crowd(const CrowdOptions& options, const Pool& pool);

}  // namespace shoal::table
