#include "scheduler/worker_agent.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

// One lane or more, 100 µs a token, a round trip of 1 ms: a batch of 100 tokens takes 10 ms.
class Agent {
 public:
  explicit Agent(std::uint32_t lanes = 1) : agent_({.lanes = lanes, .per_token_us = 100}) {}

  std::vector<WorkerAction> At(microseconds now, std::vector<WorkerEvent> events) {
    const auto actions = agent_.Step(now, events);
    return {actions.begin(), actions.end()};
  }
  WorkerAgent* operator->() { return &agent_; }

 private:
  WorkerAgent agent_;
};

BatchReceived Texts(BatchId id, std::vector<BatchItem> items, std::uint32_t lane = 0) {
  return {Batch{.id = id, .lane = lane, .items = std::move(items)}};
}
BatchItem Text(ItemId id, std::uint32_t tokens = 100, microseconds remaining = 1s) {
  return {.id = id, .remaining_us = remaining.count(), .length = tokens};
}

template <typename T>
std::vector<T> Only(const std::vector<WorkerAction>& actions) {
  std::vector<T> found;
  for (const WorkerAction& action : actions) {
    if (const T* match = std::get_if<T>(&action)) found.push_back(*match);
  }
  return found;
}
using Granted = std::vector<std::uint64_t>;
using Statuses = std::vector<ItemStatus>;
constexpr LinkUp kUp{.round_trip_us = 1000};

TEST(WorkerAgent, GrantsOneBatchPerLaneAtFirst) {
  Agent agent(2);
  const auto grants = Only<SendGrant>(agent.At(0us, {kUp}));
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(grants[0].grant.granted, (Granted{1, 1}));
  EXPECT_TRUE(agent.At(1ms, {}).empty());
}

TEST(WorkerAgent, AsksForTheNextBatchARoundTripBeforeTheEnd) {
  Agent agent;
  agent.At(0us, {kUp});
  EXPECT_EQ(agent.At(0us, {Texts(1, {Text(1)})}).size(), 1u) << "only the start";
  EXPECT_EQ(agent->NextWakeUp(), microseconds(9ms));
  EXPECT_TRUE(agent.At(8ms, {}).empty());
  EXPECT_EQ(Only<SendGrant>(agent.At(9ms, {})).at(0).grant.granted, Granted{2});
  EXPECT_TRUE(Only<StartBatch>(agent.At(9500us, {Texts(2, {Text(2)})})).empty()) << "staged";
  const auto actions = agent.At(10ms, {LaneFinished{.batch = 1, .execution_us = 9900}});
  EXPECT_EQ(Only<StartBatch>(actions).at(0).batch.id, 2u);
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.held_us, 10'000);
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.execution_us, 9900);
}

TEST(WorkerAgent, AsksAtOnceWhileABriefBatchRuns) {
  Agent agent;
  agent.At(0us, {kUp});
  const auto actions = agent.At(0us, {Texts(1, {Text(1, 30)})});
  EXPECT_EQ(Only<SendGrant>(actions).at(0).grant.granted, Granted{2});
}

TEST(WorkerAgent, AnUngrantedBatchBreaksTheProtocol) {
  Agent agent;
  agent.At(0us, {kUp});
  agent.At(0us, {Texts(1, {Text(1)})});
  EXPECT_EQ(Only<CloseLink>(agent.At(1ms, {Texts(2, {Text(2)})})).size(), 1u);
  EXPECT_EQ(Only<CloseLink>(agent.At(1ms, {Texts(3, {Text(3)}, 7)})).size(), 1u);
}

TEST(WorkerAgent, NeverRunsWhatIsCancelledOrTooLateAtItsStart) {
  Agent agent;
  agent.At(0us, {kUp});
  agent.At(0us, {Texts(1, {Text(1)})});
  agent.At(9ms, {});
  agent.At(9ms, {Texts(2, {Text(2), Text(3, 10, 1ms), Text(4)}), CancelReceived{{2}}});
  const auto actions = agent.At(10ms, {LaneFinished{.batch = 1}});
  EXPECT_EQ(Only<StartBatch>(actions).at(0).statuses,
            (Statuses{ItemStatus::kNotRun, ItemStatus::kNotRun, ItemStatus::kDone}));
  EXPECT_EQ(agent->items_executed(), 2u);
}

TEST(WorkerAgent, AnswersAtOnceWhenNothingIsLeftToRun) {
  Agent agent;
  agent.At(0us, {kUp});
  const auto actions = agent.At(1ms, {Texts(1, {Text(1, 10, 0us)})});
  EXPECT_TRUE(Only<StartBatch>(actions).empty());
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.statuses, Statuses{ItemStatus::kNotRun});
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.grant.granted, Granted{2});
  EXPECT_EQ(agent->items_executed(), 0u);
}

TEST(WorkerAgent, ANewLinkStartsAtZeroAndGetsOnlyFreeLanes) {
  Agent agent(2);
  agent.At(0us, {kUp});
  agent.At(0us, {Texts(1, {Text(1)})});
  agent.At(9ms, {});
  agent.At(9ms, {Texts(2, {Text(2)})});
  agent.At(9ms, {LinkDown{}});
  EXPECT_EQ(Only<SendGrant>(agent.At(9500us, {kUp})).at(0).grant.granted, (Granted{0, 1}));
  const auto actions = agent.At(10ms, {LaneFinished{.batch = 1}});
  EXPECT_TRUE(Only<SendResult>(actions).empty()) << "an orphan";
  EXPECT_TRUE(Only<StartBatch>(actions).empty()) << "what was staged is gone";
  EXPECT_EQ(Only<SendGrant>(actions).at(0).grant.granted, (Granted{1, 1}));
}

TEST(WorkerAgent, DrainFinishesWhatRunsAndReturnsTheRest) {
  Agent agent;
  agent.At(0us, {kUp});
  agent.At(0us, {Texts(1, {Text(1)})});
  agent.At(9ms, {});
  agent.At(9ms, {Texts(2, {Text(2)})});
  auto actions = agent.At(9ms, {DrainRequested{}});
  EXPECT_EQ(Only<SendDrain>(actions).size(), 1u);
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.statuses, Statuses{ItemStatus::kNotRun});
  actions = agent.At(10ms, {LaneFinished{.batch = 1}});
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.statuses, Statuses{ItemStatus::kDone});
  EXPECT_EQ(Only<SendResult>(actions).at(0).result.grant.granted, Granted{2});
  EXPECT_TRUE(Only<WorkerFinished>(actions).empty()) << "a batch may be under way";
  EXPECT_EQ(Only<WorkerFinished>(agent.At(11ms, {CoordinatorDrained{}})).size(), 1u);
}

TEST(WorkerAgent, ADrainedWorkerDoesNotWaitForEver) {
  Agent agent;
  agent.At(0us, {kUp});
  agent.At(1ms, {DrainRequested{}});
  ASSERT_EQ(agent->NextWakeUp(), microseconds(1001ms));
  EXPECT_EQ(Only<WorkerFinished>(agent.At(1001ms, {})).size(), 1u);
  EXPECT_TRUE(agent.At(3s, {}).empty()) << "finished once";
}

}  // namespace
}  // namespace shoal
