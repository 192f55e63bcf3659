#include "server/coordinator_metrics.h"

#include <array>
#include <string>

namespace shoal {
namespace {

constexpr std::array kStates = {
    WorkerState::kStarting, WorkerState::kReady,   WorkerState::kLate, WorkerState::kEjected,
    WorkerState::kDraining, WorkerState::kDrained, WorkerState::kLost};
// Series of a worker stand for many others: those of a cluster that has seen more are left out.
constexpr std::size_t kMostWorkers = 256;

// A scheduler's unit is a thousandth of this.
double Tokens(Cost cost) { return static_cast<double>(cost) / kCostPerToken; }

template <typename Reason, typename Counts>
void AddByReason(const Metric& metric, const std::string& label, std::size_t reasons,
                 const Counts& count, MetricFigures& to) {
  for (std::size_t i = 0; i < reasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    to.Add(metric, static_cast<double>(count(reason)), {{label, std::string(Name(reason))}});
  }
}

void AddWork(const SchedulerCounters& counters, MetricFigures& to) {
  to.Add(metric::kGoodputCost, Tokens(counters.cost_done));
  AddByReason<Waste>(
      metric::kWastedCost, "why", kWastes,
      [&](Waste why) { return Tokens(counters.cost_wasted[why]); }, to);
  to.Add(metric::kSavedCost, Tokens(counters.cost_saved_cancelled), {{"why", "cancelled"}});
  to.Add(metric::kSavedCost, Tokens(counters.cost_saved_expired), {{"why", "expired"}});
  AddByReason<CancelPlace>(
      metric::kCancelled, "where", kCancelPlaces,
      [&](CancelPlace where) { return counters.items_cancelled[where]; }, to);
  AddByReason<Requeue>(
      metric::kRetries, "why", kRequeues, [&](Requeue why) { return counters.items_requeued[why]; },
      to);
}

void AddFailures(const SchedulerCounters& counters, MetricFigures& to) {
  const auto add = [&](const Metric& metric, const char* label, const char* value,
                       std::uint64_t count) {
    to.Add(metric, static_cast<double>(count), {{label, value}});
  };
  add(metric::kEjections, "why", "silent", counters.workers_silent);
  add(metric::kEjections, "why", "stalled", counters.workers_stalled);
  add(metric::kEjections, "why", "failing", counters.workers_failing);
  add(metric::kSecondAttempts, "result", "won", counters.second_attempts_won);
  add(metric::kSecondAttempts, "result", "lost", counters.second_attempts_lost);
  add(metric::kPoison, "result", "alone", counters.items_set_alone);
  add(metric::kPoison, "result", "banned", counters.poison_banned);
}

void AddQueues(const CoordinatorFigures& figures, MetricFigures& to) {
  for (std::size_t i = 0; i < kQueueKinds; ++i) {
    const QueueFigures& queue = figures.queues[i];
    const MetricLabels labels = {{"queue", std::string(Name(static_cast<QueueKind>(i)))}};
    to.Add(metric::kQueueItems, static_cast<double>(queue.items), labels);
    to.Add(metric::kQueueSeconds, queue.seconds, labels);
    to.Add(metric::kQueueOldest, queue.oldest_age, labels);
  }
  to.Add(metric::kQueueBytes, static_cast<double>(figures.queued_bytes));
  to.Add(metric::kInflight, static_cast<double>(figures.open_calls));
  to.Add(metric::kOfferedCost, figures.offered / kCostPerToken);
  to.Add(metric::kCapacityCost, figures.capacity / kCostPerToken);
  to.Add(metric::kDesiredWorkers, figures.desired_workers);
}

void AddWorker(const WorkerInfo& worker, MetricFigures& to) {
  const MetricLabels labels = {{"worker", worker.id}};
  for (const WorkerState state : kStates) {
    to.Add(metric::kWorkerState, worker.state == state ? 1 : 0,
           {{"worker", worker.id}, {"state", std::string(Name(state))}});
  }
  to.Add(metric::kWorkerRate, worker.tokens_per_second, labels);
  to.Add(metric::kWorkerCredit, worker.credit, labels);
  to.Add(metric::kWorkerBatches, static_cast<double>(worker.batches_done), labels);
  to.Add(metric::kWorkerRestarts, worker.restarts, labels);
}

}  // namespace

void AddCoordinatorMetrics(const CoordinatorFigures& figures, const ServiceInfo& info,
                           MetricFigures& to) {
  AddWork(figures.counters, to);
  AddFailures(figures.counters, to);
  AddQueues(figures, to);
  std::size_t listed = 0;
  for (const WorkerInfo& worker : info.workers) {
    if (listed++ == kMostWorkers) break;
    AddWorker(worker, to);
  }
}

}  // namespace shoal
