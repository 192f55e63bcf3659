#include "scheduler/scheduler.h"

#include "scheduler/scheduler_fixture.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(SchedulerTest, SendsAtOnceWhatALaneHasCreditForAndAnswersWhenAllTextsAreDone) {
  Step(1ms, {Open(1), Credit(1, {1}), Arrive(7, 1s, {30, 20})});
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(7, 7)));
  const SendBatch batch = All<SendBatch>()[0];
  EXPECT_EQ(batch.items[1].text_index, 1u);
  EXPECT_EQ(batch.items[1].length, 20u);
  EXPECT_EQ(batch.items[1].attempt, 1u);
  EXPECT_EQ(batch.items[1].remaining_us, 999'000);
  Step(9ms, {Result(1, batch.batch, {kDone, kDone})});
  ASSERT_THAT(All<ItemDone>(), SizeIs(2));
  EXPECT_EQ(All<ItemDone>()[1].text_index, 1u);
  EXPECT_EQ(All<ItemDone>()[1].vector_index, 1u);
  EXPECT_EQ(Finished().verdict, Verdict::kOk);
  EXPECT_EQ(Finished().attempts, 1u);
  EXPECT_EQ(scheduler_.open_calls(), 0u);
  EXPECT_LE(scheduler_.NextWakeUp(), 29ms);  // to see that the worker is well
  Step(10ms, {WorkerClosed{1}});
  EXPECT_EQ(scheduler_.NextWakeUp(), std::nullopt);
}

TEST_F(SchedulerTest, SendsNothingWithoutCredit) {
  Step(0ms, {Open(1), Arrive(1, 1s, {10})});
  EXPECT_THAT(Sent(), IsEmpty());
  Step(1ms, {Credit(1, {1})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
}

TEST_F(SchedulerTest, GoesByDeadlineAndFillsBatchesUpToTheBudget) {
  Step(0ms, {Arrive(1, 3s, {60}), Arrive(2, 1s, {60}), Arrive(3, 2s, {40}), Arrive(4, 3s, {40})});
  Step(1ms, {Open(1), Credit(1, {2})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(2, 3), ElementsAre(1, 4)));
}

TEST_F(SchedulerTest, FeedsIdleLanesBeforeItStagesASecondBatch) {
  Step(0ms, {Arrive(1, 1s, {100, 100, 100})});
  Step(1ms, {Open(1, 2), Credit(1, {2, 2})});
  std::vector<std::uint32_t> lanes;
  for (const SendBatch& batch : All<SendBatch>()) lanes.push_back(batch.lane);
  EXPECT_THAT(lanes, ElementsAre(0, 1, 0));
}

TEST_F(SchedulerTest, NeverHasMoreThanTwoBatchesAtALane) {
  Step(0ms, {Open(1), Credit(1, {9}), Arrive(1, 1s, {100, 100, 100})});
  EXPECT_THAT(Sent(), SizeIs(2));
}

TEST_F(SchedulerTest, AnAnsweredBatchMakesRoomAtItsLane) {
  Step(0ms, {Open(1), Credit(1, {9}), Arrive(1, 1s, {100, 100, 100, 100, 100})});
  const std::vector<SendBatch> sent = All<SendBatch>();
  Step(1ms, {Result(1, sent[0].batch, {kDone}), Result(1, sent[1].batch, {kDone})});
  EXPECT_THAT(Sent(), SizeIs(2));
}

TEST_F(SchedulerTest, ASecondResultOfABatchIsIgnoredAndCountedAsWasted) {
  Step(0ms, {Open(1, 2), Credit(1, {2, 0}), Arrive(1, 1s, {100, 100})});
  const std::vector<SendBatch> sent = All<SendBatch>();
  const BatchFinished result = Result(1, sent[0].batch, {kDone});
  Step(1ms, {result, result});
  EXPECT_THAT(out_, SizeIs(1));
  EXPECT_THAT(All<ItemDone>(), SizeIs(1));
  EXPECT_EQ(scheduler_.counters().items_wasted, 1u);
  Step(2ms, {Result(1, sent[1].batch, {kDone}, 1)});  // a lane that does not have it
  EXPECT_THAT(All<CloseWorker>(), SizeIs(1));
}

TEST_F(SchedulerTest, ACancelledCallLeavesTheQueueAndIsRecalledFromTheWorker) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 1s, {100, 50})});
  const SendBatch batch = All<SendBatch>()[0];
  const ItemId item = batch.items[0].id;
  Step(1ms, {CallWithdrawn{1}, CallWithdrawn{1}, CallWithdrawn{99}});
  EXPECT_EQ(Finished().verdict, Verdict::kCancelled);
  ASSERT_THAT(All<CancelSentItems>(), SizeIs(1));
  EXPECT_THAT(All<CancelSentItems>()[0].items, ElementsAre(item));
  EXPECT_EQ(scheduler_.queued_items(), 0u);
  Step(2ms, {Result(1, batch.batch, {kDone}), Credit(1, {2})});
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_EQ(scheduler_.counters().items_wasted, 1u);
}

TEST_F(SchedulerTest, AQueuedCallIsAnsweredAtItsDeadline) {
  Step(0ms, {Open(1), Arrive(1, 20ms, {10})});
  EXPECT_EQ(scheduler_.NextWakeUp(), 20ms);
  Step(20ms, {Credit(1, {1})});
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineExceeded);
}

TEST_F(SchedulerTest, ACallThatExpiresAtAWorkerIsRecalledAndAnswered) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 20ms, {10})});
  Step(20ms);
  EXPECT_THAT(All<CancelSentItems>(), SizeIs(1));
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineExceeded);
}

TEST_F(SchedulerTest, AnswersAtDequeueWhatTheFastestLaneCannotFinishInTime) {
  Step(0ms, {Open(1), Arrive(1, 30ms, {30, 60}), Arrive(2, 60ms, {50})});
  Step(25ms, {Credit(1, {1})});  // 60 tokens take 6 ms
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(2)));
  EXPECT_EQ(Finished().call, 1u);
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineExceeded);
}

TEST_F(SchedulerTest, LeavesWhatIsInfeasibleOnASlowLaneForAFastOne) {
  Step(0ms, {Open(1, 1, 100), Open(2, 1, 300), Arrive(1, 20ms, {50}), Arrive(2, 1s, {50})});
  Step(1ms, {Credit(2, {1})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(2)));
  Step(2ms, {Credit(1, {1})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
}

TEST_F(SchedulerTest, ADeadWorkersItemsGoBackToTheFrontAndRideAlone) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 1s, {20}), Arrive(2, 1s, {20})});
  const BatchId lost = All<SendBatch>()[0].batch;
  Step(1ms, {Arrive(3, 1s, {20}), Arrive(4, 1s, {20}), WorkerClosed{1}});
  EXPECT_THAT(out_, IsEmpty());
  Step(2ms, {Open(2, 4), Credit(2, {1, 1, 1, 1}), Result(1, lost, {kDone, kDone})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1), ElementsAre(2), ElementsAre(3, 4)));
  EXPECT_EQ(All<SendBatch>()[0].items[0].attempt, 2u);
  EXPECT_THAT(All<ItemDone>(), IsEmpty());  // the old attachment counts no more
  EXPECT_EQ(scheduler_.counters().items_wasted, 2u);
}

TEST_F(SchedulerTest, ATextIsTriedThreeTimes) {
  Step(0ms, {Open(1), Credit(1, {3}), Arrive(1, 1s, {20, 20})});
  const BatchId first = All<SendBatch>()[0].batch;
  Step(1ms, {Result(1, first, {kDone, kFailed})});
  const BatchId second = All<SendBatch>()[0].batch;
  Step(2ms, {Result(1, second, {kFailed})});
  const BatchId third = All<SendBatch>()[0].batch;
  Step(3ms, {Result(1, third, {kFailed})});
  EXPECT_EQ(Finished().verdict, Verdict::kAttemptsExhausted);
  EXPECT_EQ(Finished().attempts, 3u);
  EXPECT_EQ(MessageOf(Finished()),
            "a text failed at the workers as often as it may be tried (3, limit 3)");
}

TEST_F(SchedulerTest, WhatWasNotRunCostsNoAttempt) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 1s, {20}), Arrive(2, 1s, {20})});
  const BatchId first = All<SendBatch>()[0].batch;
  Step(1ms, {Result(1, first, {kNotRun, kNotRun}), Credit(1, {2})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1, 2)));
  EXPECT_EQ(All<SendBatch>()[0].items[0].attempt, 1u);
}

TEST_F(SchedulerTest, ADrainingWorkerGetsNoMoreButIsAwaited) {
  Step(0ms, {Open(1), Credit(1, {2}), Arrive(1, 1s, {20})});
  const BatchId batch = All<SendBatch>()[0].batch;
  Step(1ms, {WorkerDraining{1}, Arrive(2, 100s, {20})});
  EXPECT_THAT(out_, IsEmpty());
  Step(2ms, {Result(1, batch, {kDone})});
  EXPECT_EQ(Finished().verdict, Verdict::kOk);
  Step(5001ms);  // it was the last one: the other call waited its grace
  EXPECT_EQ(Finished().verdict, Verdict::kNoWorkers);
}

TEST_F(SchedulerTest, WithoutAWorkerACallWaitsItsGraceWithinItsDeadline) {
  Step(1s, {Arrive(1, 100s, {20}), Arrive(2, 3s, {20})});
  EXPECT_EQ(scheduler_.NextWakeUp(), 3s);
  Step(3s);
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineExceeded);
  EXPECT_EQ(scheduler_.NextWakeUp(), 6s);
  Step(6s);
  EXPECT_EQ(Finished().verdict, Verdict::kNoWorkers);
  EXPECT_EQ(Finished().retry_after, 1s);
}

TEST_F(SchedulerTest, WhatWasAcceptedBeforeTheLastWorkerLeftWaitsTheSameGrace) {
  Step(0s, {Open(1), Credit(1, {1}), Arrive(1, 100s, {20}), Arrive(2, 100s, {100})});
  Step(10s, {WorkerClosed{1}});
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_EQ(scheduler_.NextWakeUp(), 15s);
  Step(15s);
  EXPECT_THAT(All<FinishCall>(), SizeIs(2));
}

TEST_F(SchedulerTest, NewcomersOfADrainingCoordinatorAreRefusedAndTheOldOnesServed) {
  Step(0ms, {Open(1), Arrive(1, 1s, {20}), BeginDrain{}, Arrive(2, 1s, {20})});
  EXPECT_EQ(Finished().verdict, Verdict::kDraining);
  Step(1ms, {Credit(1, {1})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
}

TEST_F(SchedulerTest, AWorkerThatBreaksTheProtocolIsClosedAndItsItemsGoBack) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 1s, {20})});
  Step(1ms, {Result(1, 12345, {kDone})});
  EXPECT_THAT(All<CloseWorker>(), SizeIs(1));
  EXPECT_EQ(scheduler_.queued_items(), 1u);
  Step(2ms, {WorkerClosed{1}, Open(2), Credit(2, {3})});
  EXPECT_THAT(Sent(), SizeIs(1));
  Step(3ms, {Credit(2, {2})});
  EXPECT_THAT(All<CloseWorker>(), SizeIs(1));
  Step(4ms, {Open(3, 0)});
  EXPECT_THAT(All<CloseWorker>(), SizeIs(1));
  EXPECT_EQ(scheduler_.counters().protocol_errors, 3u);
}

class SmallQueueTest : public SchedulerTest {
 protected:
  SmallQueueTest()
      : SchedulerTest({.batch_tokens = 100,
                       .max_queued_items = 3,
                       .max_queued_bytes = 1000,
                       .max_waiting_without_worker = 2}) {}
};

TEST_F(SmallQueueTest, RefusesWholeRequestsBeyondItemsAndSaysWhenToComeBack) {
  Step(0ms, {Open(1), Arrive(1, 1s, {100, 100}), Arrive(2, 1s, {20, 20})});
  EXPECT_EQ(Finished().call, 2u);
  EXPECT_EQ(Finished().verdict, Verdict::kOverloaded);
  EXPECT_GE(Finished().retry_after, 16ms);  // 200 tokens of 100 µs, spread by a fifth
  EXPECT_LE(Finished().retry_after, 26ms);
  EXPECT_EQ(MessageOf(Finished()), "the queue is full: 4 texts, limit 3");
  EXPECT_EQ(scheduler_.queued_items(), 2u);
}

TEST_F(SmallQueueTest, RefusesBytesBeyondTheLimitAndCountsWhatLeftTheQueue) {
  Step(0ms, {Open(1), Arrive(1, 1s, {20}, 900), Arrive(2, 1s, {20}, 101)});
  EXPECT_EQ(Finished().verdict, Verdict::kOverloaded);
  EXPECT_EQ(Finished().retry_after, 10ms);
  Step(1ms, {Credit(1, {1})});
  EXPECT_EQ(scheduler_.queued_bytes(), 0u);
  Step(2ms, {Arrive(3, 1s, {20}, 101)});
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(SmallQueueTest, WithoutAWorkerOnlySoManyRequestsWait) {
  Step(0ms, {Arrive(1, 1s, {1}), Arrive(2, 1s, {1}), Arrive(3, 1s, {1})});
  EXPECT_EQ(Finished().call, 3u);
  EXPECT_EQ(Finished().verdict, Verdict::kNoWorkers);
  EXPECT_EQ(Finished().retry_after, 1s);
}

TEST_F(SchedulerTest, WorkersAreFedBeforeRepliesAreWritten) {
  Step(0ms, {Open(1), Credit(1, {1}), Arrive(1, 1s, {20})});
  const BatchId batch = All<SendBatch>()[0].batch;
  Step(1ms, {Result(1, batch, {kDone}), Credit(1, {2}), Arrive(2, 1s, {20})});
  ASSERT_THAT(out_, SizeIs(3));
  EXPECT_TRUE(std::holds_alternative<SendBatch>(out_[0]));
  EXPECT_TRUE(std::holds_alternative<ItemDone>(out_[1]));
  EXPECT_TRUE(std::holds_alternative<FinishCall>(out_[2]));
}

}  // namespace
}  // namespace shoal
