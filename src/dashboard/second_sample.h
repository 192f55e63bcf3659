// What was done in one second of a coordinator, and how it stood at its end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "api/verdict.h"
#include "dashboard/call_tally.h"
#include "dashboard/dashboard_sources.h"
#include "dashboard/state_tree.h"

namespace shoal {

inline constexpr std::array<std::string_view, 3> kQueues = {"urgent", "patient", "bulk"};

// Costs are in tokens of a short text.
struct SecondSample {
  std::int64_t unix_ms = 0;  // its begin
  // Of the calls that ended in it.
  std::uint64_t requests = 0;
  std::array<std::uint64_t, kVerdicts> texts{};  // by verdict
  std::uint64_t served = 0;                      // requests
  std::uint64_t tokens = 0;                      // of them
  // Likewise. Without any, 0.
  double p50_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  std::array<double, kStages.size()> stages_ms{};  // means
  // What the coordinator counted.
  double offered_cost = 0;
  double goodput_cost = 0;
  double wasted_cost = 0;
  std::uint64_t retries = 0;          // texts that went back into a queue
  std::uint64_t second_attempts = 0;  // batches
  std::uint64_t poison_bans = 0;      // texts
  // At its end.
  double capacity_cost = 0;  // a second
  std::array<double, kQueues.size()> queue_seconds{};
  std::uint64_t in_flight = 0;
};

// `before`, `after`: the figures at the second's begin and end; `calls`: those that ended in it.
// Its `unix_ms` is left to the caller.
SecondSample SampleOf(const DashboardFigures& before, const DashboardFigures& after,
                      const CallFigures& calls);

void AddSecond(const SecondSample& second, StateTree& to);
// Texts by verdict; of those that none had, nothing.
void AddTexts(const std::array<std::uint64_t, kVerdicts>& texts, StateTree& to);

}  // namespace shoal
