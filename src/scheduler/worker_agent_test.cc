#include "scheduler/worker_agent.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using Granted = std::vector<std::uint64_t>;
using Positions = std::vector<std::uint32_t>;
using Statuses = std::vector<ItemStatus>;

// 100 µs a token, a round trip of 1 ms: a batch of 100 tokens takes 10 ms.
WorkerAgent Attached(std::uint32_t lanes = 1) {
  WorkerAgent agent({.lanes = lanes, .per_token_us = 100});
  agent.LinkUp(1ms, 0);
  return agent;
}
Batch Texts(BatchId id, std::vector<BatchItem> items) {
  return {.id = id, .items = std::move(items)};
}
BatchItem Text(ItemId id, microseconds remaining = 1s) {
  return {.id = id, .remaining_us = remaining.count(), .length = 100};
}
std::vector<AgentAction> Step(WorkerAgent& agent, microseconds now) {
  std::vector<AgentAction> out;
  agent.Step(now, out);
  return out;
}
template <typename T>
std::vector<T> Only(const std::vector<AgentAction>& actions) {
  std::vector<T> found;
  for (const AgentAction& action : actions) {
    if (const T* match = std::get_if<T>(&action)) found.push_back(*match);
  }
  return found;
}

TEST(WorkerAgent, GrantsOneBatchPerLaneAtFirst) {
  WorkerAgent agent = Attached(2);
  EXPECT_EQ(Only<GrantCredit>(Step(agent, 0us)).at(0).granted, (Granted{1, 1}));
  EXPECT_TRUE(Step(agent, 1ms).empty());
}

TEST(WorkerAgent, AsksForTheNextBatchShortlyBeforeTheEnd) {
  WorkerAgent agent = Attached();
  Step(agent, 0us);
  ASSERT_TRUE(agent.OnBatch(0us, Texts(1, {Text(1)})));
  EXPECT_EQ(Only<RunBatch>(Step(agent, 0us)).at(0).positions, Positions{0});
  const microseconds due = agent.NextWakeUp().value();
  EXPECT_LE(due, 9ms);
  EXPECT_TRUE(Step(agent, due - 1us).empty());
  EXPECT_EQ(Only<GrantCredit>(Step(agent, due)).at(0).granted, Granted{2});
}

TEST(WorkerAgent, IgnoresABatchBeyondItsGrant) {
  WorkerAgent agent = Attached();
  Step(agent, 0us);
  EXPECT_TRUE(agent.OnBatch(0us, Texts(1, {Text(1)})));
  EXPECT_FALSE(agent.OnBatch(0us, Texts(2, {Text(2)})));
}

TEST(WorkerAgent, NeverRunsWhatIsCancelledOrTooLate) {
  WorkerAgent agent = Attached();
  Step(agent, 0us);
  ASSERT_TRUE(agent.OnBatch(0us, Texts(1, {Text(1), Text(2, 0us), Text(3)})));
  const std::vector<ItemId> cancelled = {1};
  agent.OnCancel(cancelled);
  EXPECT_EQ(Only<RunBatch>(Step(agent, 0us)).at(0).positions, Positions{2});
  std::vector<AgentAction> out;
  agent.OnLaneFinished(10ms, 0, 1, 9ms, out);
  EXPECT_EQ(Only<AnswerBatch>(out).at(0).statuses,
            (Statuses{ItemStatus::kNotRun, ItemStatus::kNotRun, ItemStatus::kDone}));
}

TEST(WorkerAgent, AnOrphanIsNotAnsweredAndKeepsItsLaneUntilItEnds) {
  WorkerAgent agent = Attached();
  Step(agent, 0us);
  ASSERT_TRUE(agent.OnBatch(0us, Texts(1, {Text(1)})));
  Step(agent, 0us);
  std::vector<AgentAction> out;
  agent.LinkDown(out);
  agent.LinkUp(1ms, 0);
  EXPECT_TRUE(Step(agent, 9999us).empty());
  agent.OnLaneFinished(10ms, 0, 1, 10ms, out);
  EXPECT_TRUE(Only<AnswerBatch>(out).empty());
  EXPECT_EQ(Only<GrantCredit>(Step(agent, 10ms)).at(0).granted, Granted{1});
}

TEST(WorkerAgent, DrainReturnsWhatIsStagedAndFinishesOnce) {
  WorkerAgent agent = Attached();
  Step(agent, 0us);
  ASSERT_TRUE(agent.OnBatch(0us, Texts(1, {Text(1)})));
  agent.Drain();
  const auto actions = Step(agent, 0us);
  EXPECT_EQ(Only<AnswerBatch>(actions).at(0).statuses, Statuses{ItemStatus::kNotRun});
  EXPECT_EQ(Only<AgentFinished>(actions).size(), 1u);
  EXPECT_TRUE(Step(agent, 1ms).empty());
}

}  // namespace
}  // namespace shoal
