// Who may come in, in which queue, and what the queues get.
#include "scheduler/scheduler.h"

#include "scheduler/scheduler_fixture.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SchedulerAdmissionTest : public SchedulerTest {
 protected:
  CallOffered From(std::uint64_t client, CallOffered arrived) {
    arrived.client = client;
    return arrived;
  }
  CallOffered With(Priority priority, CallOffered arrived) {
    arrived.priority = priority;
    return arrived;
  }
  // Answers `count` batches of a worker of one lane, one by one; returns the calls by batch.
  std::vector<CallId> Serve(int count) {
    std::vector<CallId> calls;
    for (int i = 0; i < count; ++i) {
      now_ += 10ms;
      std::vector<SchedulerEvent> events;
      if (sent_ != 0) events.push_back(Result(1, sent_, std::vector<ItemStatus>(size_, kDone)));
      events.push_back(Credit(1, {++granted_}));
      Step(now_, events);
      const std::vector<SendBatch> sent = All<SendBatch>();
      if (sent.empty()) break;
      sent_ = sent[0].batch;
      size_ = sent[0].items.size();
      calls.push_back(sent[0].items[0].call);
    }
    return calls;
  }

  microseconds now_{0};
  std::uint64_t granted_ = 0;
  BatchId sent_ = 0;
  std::size_t size_ = 0;
};

TEST_F(SchedulerAdmissionTest, RefusesForGoodWhatEvenAnIdlePoolCannotDo) {
  Step(0ms, {Open(1), Arrive(1, 10ms, {100})});  // 10 ms and a round trip
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineUnserviceable);
  EXPECT_EQ(Finished().retry_after, 0ms);
  EXPECT_FALSE(Finished().admitted);
  Step(1ms, {Arrive(2, 12ms, {100})});
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(SchedulerAdmissionTest, WhatOnlyTheBetterPoolOfBeforeCouldDoMayTryAgain) {
  Step(0ms, {Open(1, 1, 100, "a"), Arrive(1, 1s, {10})});
  Step(1ms, {CallWithdrawn{1}, WorkerClosed{1}, Open(2, 1, 200, "b")});
  Step(2ms, {Arrive(2, 18ms, {100})});  // 10 ms with the one, 20 ms with the other
  EXPECT_EQ(Finished().verdict, Verdict::kOverloaded);
  EXPECT_GT(Finished().retry_after, 0ms);
  Step(62s, {WorkerHeard{2}, Arrive(3, 62'016ms, {100})});
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineUnserviceable)
      << "a minute later it is forgotten";
}

TEST_F(SchedulerAdmissionTest, RefusesWhatTheQueueLeavesNoTimeForWithAHint) {
  const std::vector<std::uint32_t> texts(110, 100);  // 1.1 s of work
  Step(0ms, {Open(1), Arrive(1, 4s, texts), Arrive(2, 100ms, {100})});
  EXPECT_THAT(out_, IsEmpty()) << "an earlier deadline goes before it";
  Step(1ms, {Arrive(3, 4s, {100})});
  EXPECT_EQ(Finished().call, 3u);
  EXPECT_EQ(Finished().verdict, Verdict::kOverloaded);
  EXPECT_GE(Finished().retry_after, 130ms);  // 165 ms too much, spread by a fifth
  EXPECT_LE(Finished().retry_after, 200ms);
}

TEST_F(SchedulerAdmissionTest, WhatWasAcceptedIsNeverPushedOut) {
  // 10 texts at 150 ms: 100 ms of work leave no room for another before them.
  Step(0ms, {Open(1), Arrive(1, 300ms, std::vector<std::uint32_t>(10, 100))});
  Step(1ms, {Arrive(2, 120ms, {100}), Arrive(3, 121ms, {100}), Arrive(4, 122ms, {100}),
             Arrive(5, 123ms, {100}), Arrive(6, 124ms, {100}), Arrive(7, 125ms, {100}),
             Arrive(8, 126ms, {100})});
  ASSERT_FALSE(All<FinishCall>().empty());
  for (const FinishCall& finish : All<FinishCall>()) {
    EXPECT_EQ(finish.verdict, Verdict::kOverloaded);
    EXPECT_NE(finish.call, 1u);
  }
}

TEST_F(SchedulerAdmissionTest, HighPriorityGoesFirstAlsoWithoutADeadline) {
  Step(0ms, {Open(1), Arrive(1, 1s, {100}), With(Priority::kHigh, Arrive(2, 60s, {100}))});
  EXPECT_EQ(scheduler_.queued_items(QueueKind::kUrgent), 2u);
  EXPECT_THAT(Serve(2), ElementsAre(2, 1));
}

TEST_F(SchedulerAdmissionTest, PatientWorkGetsAQuarterWhileUrgentWorkWaits) {
  Step(0ms, {Open(1)});
  std::vector<SchedulerEvent> events;
  for (CallId call = 1; call <= 40; ++call) events.push_back(Arrive(call, 4s, {100}));
  for (CallId call = 1001; call <= 1040; ++call) events.push_back(Arrive(call, 60s, {100}));
  Step(1ms, events);
  EXPECT_THAT(All<FinishCall>(), IsEmpty());
  EXPECT_EQ(scheduler_.queued_items(QueueKind::kPatient), 40u);
  // As many more urgent calls as batches are served: there is always urgent work.
  CallId urgent = 40;
  const auto patient_of = [&](int batches) {
    std::ptrdiff_t patient = 0;
    for (int i = 0; i < batches; ++i) {
      Step(now_ + 1ms, {Arrive(++urgent, now_ + 4s, {100})});
      EXPECT_THAT(All<FinishCall>(), IsEmpty());
      for (const CallId call : Serve(1)) patient += call > 1000;
    }
    return patient;
  };
  EXPECT_EQ(patient_of(40), 0) << "what was admitted at full speed goes first";
  EXPECT_EQ(patient_of(80), 20);
}

TEST_F(SchedulerAdmissionTest, BulkHasNoTestAndFillsTheIdleLanes) {
  Step(0ms, {Open(1), With(Priority::kBulk, Arrive(1, 60s, std::vector<std::uint32_t>(500, 100))),
             With(Priority::kBulk, Arrive(2, 60s, {100}))});
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_EQ(scheduler_.queued_items(QueueKind::kBulk), 501u);
  EXPECT_THAT(Serve(3), ElementsAre(1, 1, 1));
  Step(now_ + 1ms, {Arrive(3, 4s, {100})});
  EXPECT_THAT(Serve(3), ElementsAre(1, 3, 1)) << "bulk is owed nothing, so it had one turn";
}

TEST_F(SchedulerAdmissionTest, AClientMayFillTheQueueWhenItIsAloneButNotBesideOthers) {
  Step(0ms, {Open(1), From(1, Arrive(1, 1s, std::vector<std::uint32_t>(50, 100)))});
  Step(1ms, {From(1, Arrive(2, 1s, {100})), From(2, Arrive(3, 1s, {100}))});
  EXPECT_THAT(All<FinishCall>(), IsEmpty());
  Step(2ms, {From(1, Arrive(4, 1s, {100})), From(2, Arrive(5, 1s, {100}))});
  EXPECT_EQ(Finished().call, 4u);
  EXPECT_EQ(Finished().verdict, Verdict::kRateLimited);
  EXPECT_GE(Finished().retry_after, 10ms);
}

// 64 calls of 32 texts: 9 s of work, at the quarter that is promised to patient work 36 s.
TEST_F(SchedulerAdmissionTest, AClientOfUrgentCallsTakesNothingOfThePatientQueue) {
  std::vector<SchedulerEvent> events = {Open(1, 2, 260), From(2, Arrive(1, 300ms, {32}))};
  const std::vector<std::uint32_t> texts(32, 32);
  for (CallId call = 2; call <= 65; ++call) events.push_back(From(1, Arrive(call, 60s, texts)));
  Step(0ms, events);
  EXPECT_THAT(All<FinishCall>(), IsEmpty());
  EXPECT_EQ(scheduler_.queued_items(QueueKind::kPatient), 64u * 32);
  // One who asks for the same queue does.
  Step(1ms, {From(2, Arrive(66, 60s, {32})), From(1, Arrive(67, 60s, texts))});
  EXPECT_EQ(Finished().call, 67u);
  EXPECT_EQ(Finished().verdict, Verdict::kRateLimited);
}

TEST_F(SchedulerAdmissionTest, WhoWaitedForAWorkerIsJudgedWhenItComes) {
  Step(0ms, {Arrive(1, 2s, {100}), Arrive(2, 1'005ms, {100})});
  EXPECT_EQ(scheduler_.queued_items(), 2u);
  Step(1s, {Open(1), Credit(1, {1})});
  EXPECT_THAT(Sent(), ElementsAre(ElementsAre(1)));
  EXPECT_EQ(Finished().call, 2u);
  EXPECT_EQ(Finished().verdict, Verdict::kDeadlineUnserviceable);
}

TEST_F(SchedulerAdmissionTest, TheSnapshotTellsEdgesWhatTheQueueHolds) {
  QueueSnapshot snapshot;
  scheduler_.TakeSnapshot(0ms, snapshot);
  EXPECT_EQ(snapshot.pool.speed, 0);
  Step(0ms, {Open(1), Arrive(1, 1s, std::vector<std::uint32_t>(50, 100))});
  scheduler_.TakeSnapshot(1ms, snapshot);
  const EarlyQuestion question = {
      .now = 1ms, .deadline = 1s, .least_cost = 2'000'000, .longest_text = 100'000};
  EXPECT_FALSE(RefuseEarly(snapshot, question));
  EarlyQuestion sooner = question;
  sooner.deadline = 101ms;
  EXPECT_FALSE(RefuseEarly(snapshot, sooner)) << "it goes before them";
  Step(2ms, {Arrive(2, 1s, std::vector<std::uint32_t>(20, 100))});
  scheduler_.TakeSnapshot(2ms, snapshot);
  EXPECT_TRUE(RefuseEarly(snapshot, question));
}

}  // namespace
}  // namespace shoal
