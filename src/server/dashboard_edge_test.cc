#include "server/dashboard_edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(DashboardFiguresOf, SaysCostsInTokensAndReasonsByName) {
  CoordinatorFigures figures{.queued_bytes = 7, .open_calls = 3, .capacity = 5.0 * kCostPerToken};
  figures.offered_total = 8 * kCostPerToken;
  figures.counters.second_attempts = 2;
  figures.counters.poison_banned = 1;
  figures.counters.cost_done = 2 * kCostPerToken;
  figures.counters.cost_wasted.Add(Waste::kCancelled, 4 * kCostPerToken);
  figures.counters.items_requeued.Add(Requeue::kFailed, 9);
  figures.queues[1] = {.items = 6, .seconds = 0.5, .oldest_age = 1.5};
  const DashboardFigures shown = DashboardFiguresOf(figures);
  EXPECT_EQ(shown.capacity, 5);
  EXPECT_EQ(shown.offered, 8);
  EXPECT_EQ(shown.goodput, 2);
  EXPECT_EQ(shown.second_attempt_batches, 2u);
  EXPECT_EQ(shown.poison_bans, 1u);
  EXPECT_THAT(shown.wasted, ElementsAre(Pair("late", 0), Pair("cancelled", 4),
                                        Pair("second_attempt", 0), Pair("requeued", 0)));
  EXPECT_THAT(shown.retries, ElementsAre(Pair("worker_lost", 0), Pair("failed", 9),
                                         Pair("not_run", 0), Pair("late", 0)));
  ASSERT_EQ(shown.queues.size(), 3u);
  EXPECT_EQ(shown.queues[1].kind, "patient");
  EXPECT_EQ(shown.queues[1].items, 6u);
  EXPECT_EQ(shown.queues[1].oldest_age_seconds, 1.5);
}

}  // namespace
}  // namespace shoal
