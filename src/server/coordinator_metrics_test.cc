#include "server/coordinator_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string TextOf(const CoordinatorFigures& figures, const ServiceInfo& info) {
  MetricsRegistry registry;
  registry.AddSource([&](MetricFigures& to) { AddCoordinatorMetrics(figures, info, to); });
  return registry.Text();
}

TEST(CoordinatorMetrics, SayWhatWasCountedAndWhy) {
  CoordinatorFigures figures{.queued_bytes = 77, .open_calls = 3, .capacity = 5e6};
  figures.counters.cost_done = 12'000;
  figures.counters.cost_wasted.Add(Waste::kSecondAttempt, 2'500);
  figures.counters.items_requeued.Add(Requeue::kWorkerLost, 4);
  figures.counters.items_cancelled.Add(CancelPlace::kStaged);
  figures.counters.workers_stalled = 2;
  figures.queues[1] = {.items = 9, .seconds = .25, .oldest_age = 1.5};
  const std::string text = TextOf(figures, {});
  EXPECT_THAT(text, HasSubstr("shoal_goodput_cost_total 12\n"));
  EXPECT_THAT(text, HasSubstr("shoal_wasted_cost_total{why=\"second_attempt\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr("shoal_wasted_cost_total{why=\"late\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("shoal_retries_total{why=\"worker_lost\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("shoal_cancelled_total{where=\"staged\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("shoal_ejections_total{why=\"stalled\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("shoal_queue_items{queue=\"patient\"} 9\n"));
  EXPECT_THAT(text, HasSubstr("shoal_queue_oldest_age_seconds{queue=\"patient\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("shoal_inflight_requests 3\n"));
  EXPECT_THAT(text, HasSubstr("shoal_capacity_cost_per_second 5000\n"));
}

TEST(CoordinatorMetrics, HaveEveryStateOfAWorker) {
  const std::string text = TextOf({}, {.workers = {{.id = "w-0",
                                                    .state = WorkerState::kLate,
                                                    .tokens_per_second = 900,
                                                    .batches_done = 5,
                                                    .restarts = 2}}});
  EXPECT_THAT(text, HasSubstr("shoal_worker_state{state=\"late\",worker=\"w-0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("shoal_worker_state{state=\"ready\",worker=\"w-0\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("shoal_worker_restarts_total{worker=\"w-0\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("shoal_worker_batches_total{worker=\"w-0\"} 5\n"));
}

TEST(CoordinatorMetrics, LeaveOutTheWorkersBeyondTheirBound) {
  ServiceInfo info;
  for (int i = 0; i < 300; ++i) info.workers.push_back({.id = "w-" + std::to_string(i)});
  const std::string text = TextOf({}, info);
  EXPECT_THAT(text, HasSubstr("worker=\"w-255\""));
  EXPECT_THAT(text, Not(HasSubstr("worker=\"w-256\"")));
}

}  // namespace
}  // namespace shoal
