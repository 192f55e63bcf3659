#include "scheduler/recording.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "scheduler/scheduler_fixture.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

// A scheduler with two workers, whose Steps are recorded.
class Recorded : public SchedulerTest {
 protected:
  void Do(microseconds now, std::vector<SchedulerEvent> events) {
    Step(now, events);
    writer_.Add(now, events, out_);
  }
  // Calls come and go, a worker is drained, one breaks off, results come back whole or in part.
  void Run() {
    Do(1s, {Open(1), Credit(1, {1}), Open(2, 2, 150, "other"), Credit(2, {1, 1})});
    Rng rng(5);
    std::vector<std::uint64_t> granted(3, 1);
    for (CallId call = 1; call <= 200; ++call) {
      const microseconds now = 1s + 1ms * static_cast<int>(call);
      CallOffered arrival = Arrive(call, now + 1ms * rng.Below(400), {20, 30});
      arrival.client = call % 3;
      arrival.priority = static_cast<Priority>(call % 3);
      arrival.fingerprints = fingerprints_;
      std::vector<SchedulerEvent> events = {arrival};
      for (const SendBatch& batch : All<SendBatch>()) {
        std::vector<ItemStatus> statuses(batch.items.size(), kDone);
        statuses[0] = static_cast<ItemStatus>(rng.Below(3));
        events.push_back(Result(batch.attachment, batch.batch, statuses, batch.lane));
        ++granted[batch.attachment == 1 ? 0 : 1 + batch.lane];
        events.push_back(Credit(1, {granted[0]}));
        events.push_back(Credit(2, {granted[1], granted[2]}));
      }
      if (call % 10 == 0) events.push_back(CallWithdrawn{call - 1});
      if (call == 50) events.push_back(OperatorDrain{"w"});
      if (call == 90) events.push_back(OperatorResume{"w"});
      if (call == 120) events.push_back(WorkerHeard{2});
      if (call == 150) events.push_back(WorkerClosed{1});
      if (call == 180) events.push_back(WorkerDraining{2});
      if (call == 190) events.push_back(BeginDrain{});
      Do(now, events);
    }
    Do(20s, {});
  }

  const std::vector<std::uint64_t> fingerprints_ = {7, 8};
  RecordingWriter writer_{Options()};
};

TEST_F(Recorded, ARunReplaysWithTheSameActions) {
  Run();
  EXPECT_GT(scheduler_.counters().items_done, 50u);
  const auto replayed = Replay(writer_.bytes());
  ASSERT_TRUE(replayed.ok()) << replayed.status().message();
  EXPECT_EQ(replayed->steps, 202u);
  EXPECT_GT(replayed->actions, 300u);
  EXPECT_FALSE(replayed->cut);
}

TEST_F(Recorded, AStepThatDoesSomethingElseIsNamed) {
  Step(1s, {Open(1), Credit(1, {1}), Arrive(1, 10s, {20})});
  std::vector<SchedulerEvent> events = {Open(1), Credit(1, {1}), Arrive(1, 10s, {21})};
  writer_.Add(1s, events, out_);
  const auto replayed = Replay(writer_.bytes());
  EXPECT_EQ(replayed.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(replayed.status().message(),
            "step 1 at 1000000 us: the recording has 1 actions, the scheduler does 1 others");
}

TEST_F(Recorded, OptionsAreThoseOfTheRecording) {
  SchedulerOptions options = Options();
  options.max_queued_items = 1;
  RecordingWriter writer(options);
  Scheduler scheduler(options);
  std::vector<SchedulerEvent> events = {Open(1), Arrive(1, 10s, {20}), Arrive(2, 10s, {20})};
  scheduler.Step(1s, events, out_);
  writer.Add(1s, events, out_);
  EXPECT_EQ(Finished().verdict, Verdict::kOverloaded);
  EXPECT_TRUE(Replay(writer.bytes()).ok());
}

TEST_F(Recorded, ARecordingThatBreaksOffIsReplayedUpToThere) {
  Run();
  const std::string& bytes = writer_.bytes();
  const auto replayed = Replay(std::string_view(bytes).substr(0, bytes.size() - 3));
  ASSERT_TRUE(replayed.ok()) << replayed.status().message();
  EXPECT_TRUE(replayed->cut);
  EXPECT_EQ(replayed->steps, 201u);
}

TEST_F(Recorded, OtherBytesAreRefused) {
  EXPECT_EQ(Replay("").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Replay("SHOALREC").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Replay("something else").status().code(), StatusCode::kDataLoss);
  Run();
  std::string bytes = writer_.bytes();
  bytes[bytes.size() / 2] ^= 1;
  const Status status = Replay(bytes).status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.message();
}

TEST_F(Recorded, WhatWasTakenAwayAndWhatFollowsMakeOneRecording) {
  std::string bytes = writer_.bytes();
  writer_.Clear();
  Run();
  bytes += writer_.bytes();
  EXPECT_TRUE(Replay(bytes).ok());
}

}  // namespace
}  // namespace shoal
