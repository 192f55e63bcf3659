#include "dashboard/second_sample.h"

#include <algorithm>

namespace shoal {
namespace {

double Sum(const DashboardFigures::ByReason& numbers) {
  double sum = 0;
  for (const auto& [reason, number] : numbers) sum += number;
  return sum;
}

// A counter may be corrected downwards.
double Grown(double before, double after) { return std::max(0.0, after - before); }

std::uint64_t Grown(std::uint64_t before, std::uint64_t after) {
  return after > before ? after - before : 0;
}

void AddCalls(const CallFigures& calls, SecondSample& to) {
  to.requests = calls.requests;
  to.texts = calls.offered_texts;
  to.served = calls.served;
  to.tokens = calls.tokens;
  if (calls.served == 0) return;
  to.p50_ms = calls.total.Percentile(0.50) / 1e3;
  to.p95_ms = calls.total.Percentile(0.95) / 1e3;
  to.p99_ms = calls.total.Percentile(0.99) / 1e3;
  for (std::size_t i = 0; i < kStages.size(); ++i) to.stages_ms[i] = calls.stages[i].mean() / 1e3;
}

void AddTimes(const SecondSample& second, StateTree& to) {
  if (second.served == 0) return;
  StateTree& latency = to.Object("latency_ms");
  latency.Number("p50", second.p50_ms, 3);
  latency.Number("p95", second.p95_ms, 3);
  latency.Number("p99", second.p99_ms, 3);
  StateTree& stages = to.Object("stages_ms");
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    stages.Number(kStages[i], second.stages_ms[i], 3);
  }
}

}  // namespace

SecondSample SampleOf(const DashboardFigures& before, const DashboardFigures& after,
                      const CallFigures& calls) {
  SecondSample second;
  AddCalls(calls, second);
  second.offered_cost = Grown(before.offered, after.offered);
  second.goodput_cost = Grown(before.goodput, after.goodput);
  second.wasted_cost = Grown(Sum(before.wasted), Sum(after.wasted));
  second.retries = static_cast<std::uint64_t>(Grown(Sum(before.retries), Sum(after.retries)));
  second.second_attempts = Grown(before.second_attempt_batches, after.second_attempt_batches);
  second.poison_bans = Grown(before.poison_bans, after.poison_bans);
  second.capacity_cost = after.capacity;
  for (const DashboardFigures::Queue& queue : after.queues) {
    const auto place = std::find(kQueues.begin(), kQueues.end(), queue.kind);
    if (place == kQueues.end()) continue;
    second.queue_seconds[static_cast<std::size_t>(place - kQueues.begin())] = queue.seconds;
  }
  second.in_flight = after.open_calls;
  return second;
}

void AddSecond(const SecondSample& second, StateTree& to) {
  to.Int("unix_ms", second.unix_ms);
  to.UInt("requests", second.requests);
  AddTexts(second.texts, to.Object("texts"));
  to.UInt("tokens", second.tokens);
  to.Number("offered_cost", second.offered_cost, 1);
  to.Number("goodput_cost", second.goodput_cost, 1);
  to.Number("wasted_cost", second.wasted_cost, 1);
  to.Number("capacity_cost", second.capacity_cost, 0);
  AddTimes(second, to);
  StateTree& queues = to.Object("queue_seconds");
  for (std::size_t i = 0; i < kQueues.size(); ++i) {
    queues.Number(kQueues[i], second.queue_seconds[i], 3);
  }
  to.UInt("in_flight", second.in_flight);
  to.UInt("retries", second.retries);
  to.UInt("second_attempts", second.second_attempts);
}

void AddTexts(const std::array<std::uint64_t, kVerdicts>& texts, StateTree& to) {
  for (int verdict = 0; verdict < kVerdicts; ++verdict) {
    const std::uint64_t count = texts[static_cast<std::size_t>(verdict)];
    if (count > 0) to.UInt(Name(static_cast<Verdict>(verdict)), count);
  }
}

}  // namespace shoal
