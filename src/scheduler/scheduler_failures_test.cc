// What the scheduler does about workers that are late, silent, failing or gone.
#include "scheduler/scheduler.h"

#include "scheduler/scheduler_fixture.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SchedulerFailuresTest : public SchedulerTest {
 protected:
  // Looks every 10 ms until `until`, with signs of life from these workers; returns what was sent.
  std::vector<SendBatch> Pass(microseconds from, microseconds until,
                              const std::vector<AttachmentId>& alive) {
    std::vector<SendBatch> sent;
    for (microseconds now = from; now <= until; now += 10ms) {
      std::vector<SchedulerEvent> events;
      for (const AttachmentId attachment : alive) events.push_back(WorkerHeard{attachment});
      Step(now, events);
      for (const SendBatch& batch : All<SendBatch>()) sent.push_back(batch);
      for (const CloseWorker& close : All<CloseWorker>()) closed_.push_back(close);
      for (const WorkerChanged& change : All<WorkerChanged>()) changes_.push_back(change);
      for (const FinishCall& finish : All<FinishCall>()) finished_.push_back(finish);
      for (const CancelSentItems& cancel : All<CancelSentItems>()) {
        cancelled_.push_back(cancel.attachment);
      }
    }
    return sent;
  }

  std::vector<CloseWorker> closed_;
  std::vector<WorkerChanged> changes_;
  std::vector<FinishCall> finished_;
  std::vector<AttachmentId> cancelled_;
};

TEST_F(SchedulerFailuresTest, ALateBatchGivesBackWhatIsStagedBehindIt) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {2}), Arrive(1, 4s, {100}), Arrive(2, 4s, {100})});
  ASSERT_THAT(Sent(), SizeIs(2));
  Step(1ms, {Open(2, 1, 100, "b"), Credit(2, {1})});
  // 10.5 ms expected, late 10 ms later.
  const std::vector<SendBatch> sent = Pass(2ms, 30ms, {1, 2});
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].attachment, 2u);
  EXPECT_EQ(sent[0].items[0].attempt, 1u);
  EXPECT_THAT(cancelled_, ElementsAre(1));
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_EQ(changes_[0].state, WorkerState::kLate);
  EXPECT_EQ(scheduler_.counters().items_recalled, 1u);
}

TEST_F(SchedulerFailuresTest, ALateBatchRunsOnceMoreOnAnIdleLaneAndTheFirstAnswerWins) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 4s, {100})});
  const BatchId first = All<SendBatch>()[0].batch;
  Step(1ms, {Open(2, 1, 100, "b"), Credit(2, {1})});
  const std::vector<SendBatch> sent = Pass(2ms, 30ms, {1, 2});
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].reason, SendReason::kSecondAttempt);
  Step(40ms, {Result(2, sent[0].batch, {kDone})});
  EXPECT_EQ(Finished().verdict, Verdict::kOk);
  EXPECT_EQ(Finished().attempts, 2u);
  EXPECT_THAT(All<CancelSentItems>(), SizeIs(1));
  Step(50ms, {Result(1, first, {kDone})});
  EXPECT_THAT(All<ItemDone>(), IsEmpty());
  EXPECT_EQ(scheduler_.counters().items_wasted, 1u);
  EXPECT_EQ(scheduler_.counters().second_attempts_won, 1u);
  ASSERT_THAT(All<WorkerChanged>(), SizeIs(1));
  EXPECT_EQ(All<WorkerChanged>()[0].state, WorkerState::kReady);
}

TEST_F(SchedulerFailuresTest, WhileOthersWaitASecondAttemptComesAtItsLastMoment) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 300ms, {100})});
  Step(1ms, {Open(2, 1, 100, "b"), Arrive(2, 4s, {100, 100, 100, 100, 100, 100, 100, 100})});
  Pass(2ms, 262ms, {1, 2});
  Step(270ms, {Credit(2, {1})});  // 300 - 2 · 10 - 0.5: not yet
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(2)));
  Step(280ms, {Credit(2, {2})});
  EXPECT_THAT(All<SendBatch>(), SizeIs(1));
  EXPECT_EQ(All<SendBatch>()[0].reason, SendReason::kSecondAttempt);
}

TEST_F(SchedulerFailuresTest, ASecondAttemptIsNoLargerThanItsWorkerTakes) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 4s, {20, 20, 20, 20})});
  WorkerOpened small = Open(2, 1, 100, "b");
  small.max_batch_items = 3;
  Step(1ms, {small, Credit(2, {1})});
  const std::vector<SendBatch> sent = Pass(2ms, 30ms, {1, 2});
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].reason, SendReason::kSecondAttempt);
  EXPECT_EQ(sent[0].items.size(), 3u);
}

TEST_F(SchedulerFailuresTest, ASecondAttemptMakesNobodyInItLate) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 45ms, {50}), Arrive(2, 60ms, {50})});
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1, 2)));
  Step(1ms, {Open(2, 1, 100, "b")});
  Pass(2ms, 36ms, {1, 2});
  Step(37ms, {Credit(2, {1})});  // 5 ms for each of them: both would end at 47.5 ms
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1)));
  EXPECT_EQ(All<SendBatch>()[0].reason, SendReason::kSecondAttempt);
}

TEST_F(SchedulerFailuresTest, ASilentWorkerIsClosedAndItsWorkGoesElsewhere) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 4s, {100})});
  const std::vector<SendBatch> none = Pass(10ms, 1'490ms, {});
  EXPECT_THAT(closed_, IsEmpty());
  Pass(1'500ms, 1'520ms, {});
  ASSERT_THAT(closed_, SizeIs(1));
  EXPECT_EQ(closed_[0].stay_away, 0us);
  Step(1'600ms, {Open(2, 1, 100, "b"), Credit(2, {1})});
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1)));
  EXPECT_EQ(All<SendBatch>()[0].items[0].attempt, 2u);
}

TEST_F(SchedulerFailuresTest, APausedCoordinatorBlamesNobody) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {2}), Arrive(1, 100s, {100}), Arrive(2, 100s, {9})});
  Step(5s);
  EXPECT_THAT(All<CloseWorker>(), IsEmpty());
  Step(5001ms, {WorkerHeard{1}});
  EXPECT_THAT(All<CloseWorker>(), IsEmpty());
}

TEST_F(SchedulerFailuresTest, AStalledWorkerIsSentAwayIfThePoolCanSpareIt) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 4s, {100})});
  Step(1ms, {Open(2, 1, 100, "b")});
  Pass(10ms, 1'100ms, {1, 2});
  ASSERT_THAT(closed_, SizeIs(1));
  EXPECT_EQ(closed_[0].attachment, 1u);
  EXPECT_EQ(closed_[0].stay_away, 1s);
  EXPECT_EQ(scheduler_.StayAway("a", 1'500ms), closed_[0].stay_away - 480ms);
  EXPECT_EQ(scheduler_.StayAway("b", 1'500ms), 0us);
}

TEST_F(SchedulerFailuresTest, TheLastWorkerIsNeverSentAway) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 20s, {100})});
  Pass(10ms, 8s, {1});
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(SchedulerFailuresTest, ThreeFailedBatchesInARowSendAWorkerAway) {
  Step(0ms, {Open(2, 1, 100, "b"), Open(1, 1, 100, "a"), Credit(1, {3}), Arrive(1, 4s, {100}),
             Arrive(2, 4s, {100}), Arrive(3, 4s, {100})});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(All<CloseWorker>(), IsEmpty());
    const BatchId batch = static_cast<BatchId>(i + 1);
    Step(microseconds(1000 * (i + 1)), {Result(1, batch, {kFailed})});
  }
  ASSERT_THAT(All<CloseWorker>(), SizeIs(1));
  EXPECT_EQ(All<CloseWorker>()[0].stay_away, 1s);
  EXPECT_EQ(scheduler_.counters().workers_failing, 1u);
}

TEST_F(SchedulerFailuresTest, TheSameIncarnationGivesAnAttemptBack) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Arrive(1, 4s, {100})});
  Step(1ms, {WorkerClosed{1}});
  WorkerOpened again = Open(2, 1, 100, "a");
  again.incarnation = 1;
  Step(2ms, {again, Credit(2, {1})});
  EXPECT_EQ(All<SendBatch>()[0].items[0].attempt, 1u);
  EXPECT_EQ(scheduler_.counters().attempts_given_back, 1u);
}

class PoisonTest : public SchedulerTest {
 protected:
  CallOffered Suspect(CallId call) {
    CallOffered arrived = Arrive(call, 90s, {10, 10});
    arrived.fingerprints = texts_;
    return arrived;
  }
  const std::vector<std::uint64_t> texts_ = {77, 78};
};

TEST_F(PoisonTest, ATextThatTakesThreeWorkersDownIsBanned) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Suspect(1)});
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1, 1)));
  for (AttachmentId attachment = 2; attachment <= 3; ++attachment) {
    const microseconds now = 100ms * static_cast<int>(attachment);
    Step(now, {WorkerClosed{attachment - 1}});
    Step(now + 50ms, {Open(attachment, 1, 100, "a"), Credit(attachment, {1})});
    ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1))) << "a suspect rides alone";
  }
  Step(500ms, {WorkerClosed{3}});
  EXPECT_EQ(Finished().verdict, Verdict::kPoisonInput);
  Step(550ms, {Open(4, 1, 100, "a"), Credit(4, {1}), Suspect(2)});
  EXPECT_EQ(Finished().verdict, Verdict::kPoisonInput);
  EXPECT_EQ(scheduler_.counters().poison_banned, 1u);
}

TEST_F(PoisonTest, ABannedTextThatWaitsAlreadyIsAnsweredWhenItsTurnComes) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Suspect(1)});
  for (AttachmentId attachment = 2; attachment <= 3; ++attachment) {
    const microseconds now = 100ms * static_cast<int>(attachment);
    Step(now, {WorkerClosed{attachment - 1}});
    Step(now + 50ms, {Open(attachment, 1, 100, "a"), Credit(attachment, {1})});
  }
  Step(400ms, {Suspect(2)});
  Step(500ms, {WorkerClosed{3}});
  EXPECT_EQ(Finished().call, 1u);
  Step(550ms, {Open(4, 1, 100, "a"), Credit(4, {1})});
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(Finished().call, 2u);
  EXPECT_EQ(Finished().verdict, Verdict::kPoisonInput);
}

TEST_F(PoisonTest, OneEndOfAWorkerIsHeldAgainstATextOnceThoughSeveralCallsHadIt) {
  CallOffered arrived = Arrive(1, 90s, {10, 10, 10});
  const std::vector<std::uint64_t> same = {77, 77, 77};
  arrived.fingerprints = same;
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), arrived});
  ASSERT_THAT(Sent(), ElementsAre(ElementsAre(1, 1, 1)));
  Step(1ms, {WorkerClosed{1}});
  Step(2ms, {Open(2, 1, 100, "a"), Credit(2, {1})});
  EXPECT_EQ(scheduler_.counters().poison_blamed, 1u);
  EXPECT_EQ(scheduler_.counters().poison_banned, 0u);
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
}

TEST_F(PoisonTest, ASuccessClearsTheBlame) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), Suspect(1)});
  Step(1ms, {WorkerClosed{1}});
  Step(2ms, {Open(2, 1, 100, "a"), Credit(2, {2})});
  const std::vector<SendBatch> sent = All<SendBatch>();
  ASSERT_THAT(sent, SizeIs(2));
  Step(3ms, {Result(2, sent[0].batch, {kDone}), Result(2, sent[1].batch, {kDone})});
  EXPECT_EQ(Finished().verdict, Verdict::kOk);
  Step(4ms, {Credit(2, {3}), Suspect(2)});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(2, 2)));
}

TEST_F(SchedulerFailuresTest, ADrainedWorkerGetsNothingUntilItIsResumedEvenAfterARestart) {
  Step(0ms, {Open(1, 1, 100, "a"), Credit(1, {1}), OperatorDrain{"a"}, Arrive(1, 90s, {10})});
  ASSERT_THAT(All<WorkerChanged>(), SizeIs(1));
  EXPECT_EQ(All<WorkerChanged>()[0].state, WorkerState::kDrained);
  EXPECT_THAT(Sent(), IsEmpty());
  Step(1ms, {WorkerClosed{1}});
  Step(2ms, {Open(2, 1, 100, "a"), Credit(2, {1})});
  EXPECT_THAT(Sent(), IsEmpty());
  Step(3ms, {OperatorResume{"a"}});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
}

TEST_F(SchedulerFailuresTest, ALaneThatIsFarTooSlowGetsProbesOnly) {
  Step(0ms, {Open(1, 1, 100, "a"), Open(2, 1, 900, "b")});
  std::vector<SchedulerEvent> results;
  std::uint64_t granted = 0;
  std::uint64_t probes = 0;
  for (CallId call = 1; call <= 60; ++call) {
    const microseconds now = 100ms * static_cast<int>(call);
    std::vector<SchedulerEvent> events = results;
    results.clear();
    events.insert(events.end(),
                  {WorkerHeard{1}, WorkerHeard{2}, Credit(1, {++granted}), Credit(2, {probes + 1}),
                   Arrive(call, now + 400ms, {100}), Arrive(1000 + call, now + 400ms, {100})});
    Step(now, events);
    for (const SendBatch& batch : All<SendBatch>()) {
      results.push_back(Result(batch.attachment, batch.batch,
                               std::vector<ItemStatus>(batch.items.size(), kDone)));
      if (batch.attachment != 2) continue;
      std::get<BatchFinished>(results.back()).execution = 900us * batch.items.front().length;
      ++probes;
      EXPECT_EQ(batch.reason, SendReason::kProbe);
      EXPECT_EQ(batch.items.size(), 1u);
      EXPECT_EQ(batch.items.front().call, kNoCall);
    }
  }
  EXPECT_EQ(probes, scheduler_.counters().probes);
  EXPECT_GE(probes, 4u);
  EXPECT_EQ(scheduler_.counters().items_wasted, 0u);
}

// Everything was slow for a while and calls with short deadlines are refused. Nothing but probes
// can show that it is over.
TEST_F(SchedulerFailuresTest, APoolThatLookedSlowTakesShortDeadlinesAgainWhenItHasRecovered) {
  std::uint64_t granted = 1;
  Step(0ms, {Open(1), Credit(1, {granted})});
  std::vector<SchedulerEvent> results;
  const auto play = [&](CallId call, microseconds now, microseconds patience, int slow) {
    std::vector<SchedulerEvent> events = std::exchange(results, {});
    events.insert(events.end(), {WorkerHeard{1}, Arrive(call, now + patience, {100})});
    Step(now, events);
    for (const SendBatch& batch : All<SendBatch>()) {
      BatchFinished result = Result(1, batch.batch, {kDone});
      result.execution = slow * 100us * batch.items.front().length;
      result.held = 40ms;
      results = {result, Credit(1, {++granted})};
    }
    const std::vector<FinishCall> finished = All<FinishCall>();
    return std::none_of(finished.begin(), finished.end(), [call](const FinishCall& finish) {
      return finish.call == call && finish.verdict == Verdict::kOverloaded;
    });
  };
  CallId call = 0;
  for (int i = 0; i < 60; ++i) play(++call, 40ms * call, 1s, 4);
  EXPECT_FALSE(play(++call, 40ms * call, 30ms, 4));
  int refused = 0;
  while (!play(++call, 40ms * call, 30ms, 1)) ++refused;
  EXPECT_GT(scheduler_.counters().probes, 0u);
  EXPECT_LE(refused, 60);  // of 40 ms
}

TEST_F(SchedulerFailuresTest, AnIdleLaneAsFastAsItWasGetsNoProbe) {
  Step(0ms, {Open(1), Credit(1, {1})});
  for (int i = 1; i < 100; ++i) {
    Step(50ms * i, {WorkerHeard{1}});
    EXPECT_THAT(Sent(), IsEmpty());
  }
}

}  // namespace
}  // namespace shoal
