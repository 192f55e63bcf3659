#include "table_policy.h"

#include "table_baseline.h"

namespace shoal::table {

namespace {

class Shoal : public Policy {
 public:
  explicit Shoal(const SchedulerOptions& options) : scheduler_(options) {}

  void Step(microseconds now, std::span<const SchedulerEvent> events,
            std::vector<SchedulerAction>& out) override {
    scheduler_.Step(now, events, out);
  }
  std::optional<microseconds> NextWakeUp() const override { return scheduler_.NextWakeUp(); }

 private:
  Scheduler scheduler_;
};

}  // namespace

std::string_view Name(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kRoundRobin:
      return "round robin";
    case PolicyKind::kLeastLoaded:
      return "least loaded";
    case PolicyKind::kTwoChoices:
      return "two choices";
    case PolicyKind::kShortFifo:
      return "FIFO of 256";
    case PolicyKind::kLongFifo:
      return "FIFO of 4,096";
    case PolicyKind::kShoal:
      return "**Shoal**";
    case PolicyKind::kShoalWithoutSecondAttempts:
      return "Shoal, one attempt";
  }
  return "";
}

std::unique_ptr<Policy> MakeShoal(const SchedulerOptions& options) {
  return std::make_unique<Shoal>(options);
}

SchedulerOptions OptionsOf(const Pool& pool, std::uint64_t seed) {
  return {.batch_tokens = pool.batch_tokens, .attention_cost = pool.attention_cost, .seed = seed};
}

std::unique_ptr<Policy> MakePolicy(PolicyKind kind, const Pool& pool, std::uint64_t seed) {
  SchedulerOptions options = OptionsOf(pool, seed);
  switch (kind) {
    case PolicyKind::kShoalWithoutSecondAttempts:
      options.second_attempts = false;
      return MakeShoal(options);
    case PolicyKind::kShoal:
      return MakeShoal(options);
    default:
      return std::make_unique<Baseline>(kind, pool, seed);
  }
}

}  // namespace shoal::table
