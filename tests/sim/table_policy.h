// Who decides: the scheduler of the product, or a simpler rule to compare it with. All are asked in
// the same words, so the world around them is the same.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scheduler/scheduler.h"
#include "table_pool.h"

namespace shoal::table {

// As Scheduler: one owner, time never goes back, spans in actions live until the next Step.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual void Step(microseconds now, std::span<const SchedulerEvent> events,
                    std::vector<SchedulerAction>& out) = 0;
  virtual std::optional<microseconds> NextWakeUp() const = 0;
};

enum class PolicyKind {
  kRoundRobin,   // pushed to the lanes in turn
  kLeastLoaded,  // pushed to the lane with the least unfinished cost, known exactly
  kTwoChoices,   // pushed to the less loaded of two drawn lanes, as they were 50 ms ago
  kShortFifo,    // pulled from one queue of at most 256 texts
  kLongFifo,     // pulled from one queue of at most 4,096 texts
  kShoal,
  kShoalWithoutSecondAttempts,
};

// "round robin", "Shoal" ...
std::string_view Name(PolicyKind kind);

// The scheduler of the product.
std::unique_ptr<Policy> MakeShoal(const SchedulerOptions& options);
SchedulerOptions OptionsOf(const Pool& pool, std::uint64_t seed);

std::unique_ptr<Policy> MakePolicy(PolicyKind kind, const Pool& pool, std::uint64_t seed);

}  // namespace shoal::table
