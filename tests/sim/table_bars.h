// The worlds of the simulated bars: what the scheduler's rules promise.
#pragma once

#include "table_figures.h"
#include "table_sheet.h"

namespace shoal::table {

inline constexpr Deadlines kDeadlines100{microseconds(100'000), microseconds(100'000)};
inline constexpr Deadlines kDeadlines300{microseconds(300'000), microseconds(300'000)};
inline constexpr Deadlines kDeadlines500{microseconds(500'000), microseconds(500'000)};
inline constexpr Deadlines kDeadlines1000{microseconds(1'000'000), microseconds(1'000'000)};
inline constexpr Deadlines kMixedDeadlines{microseconds(50'000), microseconds(2'000'000)};

// One text a call, 1 % of the batches 20 times slower, nothing stolen, nearly a third of capacity.
Pool StallingPool();
TraceOptions LightTrace();

// Goodput, late or dropped, wasted: for one world and load.
void JudgeOverload(Laboratory& laboratory, Sheet& sheet, const Pool& pool,
                   const TraceOptions& options);
// Lane 0 slow: goodput of the other seven.
void JudgeSlowLane(Laboratory& laboratory, Sheet& sheet, double factor, bool known,
                   const Deadlines& deadlines);
// Two lanes that take `per_token_us`, a job's 64 callers, and another client's call a second.
void JudgeCrowd(Laboratory& laboratory, Sheet& sheet, double per_token_us);
void JudgeSecondAttempts(Laboratory& laboratory, Sheet& sheet);

void PrintBars(Laboratory& laboratory, Sheet& sheet);

}  // namespace shoal::table
