#include "coordinator/core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/core_fixture.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using testing::HasSubstr;

std::string StateOf(const World& world, const std::string& id) {
  for (const WorkerInfo& worker : world.core.Info().workers) {
    if (worker.id == id) return std::string(Name(worker.state));
  }
  return "unknown";
}

// Lets time pass in Steps of 10 ms, while the worker with this attachment sends heartbeats.
void Pass(World& world, microseconds time, AttachmentId alive) {
  for (microseconds passed{0}; passed < time; passed += 10ms) {
    world.now += 10ms;
    world.Step(AttachmentMessage{.id = alive, .message = WorkerStats{}});
  }
}

// Asks for a drain or its end; what the operator is told.
Status Ask(World& world, const std::string& id, bool drained) {
  Status told = InternalError("nothing was said");
  world.Step(OperatorAsked{.worker_id = id,
                           .drained = drained,
                           .done = [&told](const Status& status) { told = status; }});
  for (const auto& answer : world.core.TakeAnswers()) answer();
  return told;
}

BatchResult FailureOf(const Batch& batch, std::uint64_t granted) {
  return {.id = batch.id,
          .lane = batch.lane,
          .statuses = std::vector<ItemStatus>(batch.items.size(), ItemStatus::kFailed),
          .execution_us = 50,
          .grant = {{granted}}};
}

TEST(CoreWorkers, TurnsAwayWorkersThatComputeSomethingElse) {
  World world;
  Hello other_model = GoodHello();
  other_model.model_digest = "other";
  Hello other_precision = GoodHello();
  other_precision.precision = Precision::kBf16;
  Hello other_version = GoodHello();
  other_version.version = 99;
  AttachmentId id = 1;
  for (const Hello& hello : {other_model, other_precision, other_version}) {
    const auto attachment = world.Attach(id++, hello);
    EXPECT_TRUE(attachment->closed);
    EXPECT_NE(attachment->refusal(), "");
  }
  EXPECT_TRUE(world.core.Info().workers.empty());
}

TEST(CoreWorkers, AnIdInUseIsRefusedUntilItsStreamIsSilent) {
  World world;
  const auto first = world.Attach(1, GoodHello("w0", 1));
  const auto second = world.Attach(2, GoodHello("w0", 2));
  EXPECT_TRUE(second->closed);
  EXPECT_FALSE(first->closed);
  world.now += microseconds(2'000'000);
  const auto third = world.Attach(3, GoodHello("w0", 3));
  EXPECT_TRUE(first->closed);
  EXPECT_FALSE(third->closed);
  EXPECT_EQ(world.core.Info().workers.size(), 1u);
  EXPECT_EQ(world.core.Info().workers[0].incarnation, "0000000000000003");
}

TEST(CoreWorkers, AResultOfTheWrongSizeEndsTheStreamAndNotTheCall) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  BatchResult result = ResultOf(attachment->TakeBatches().at(0));
  result.vectors.pop_back();
  world.Step(AttachmentMessage{.id = 1, .message = result});
  EXPECT_TRUE(attachment->closed);
  EXPECT_FALSE(sink.answer.has_value());
}

TEST(CoreWorkers, AWorkerThatKeepsFailingIsSentAwayAndWelcomeLater) {
  World world;
  const auto bad = world.Attach(1, GoodHello("bad"));
  const auto good = world.Attach(2, GoodHello("good"));
  FakeSink sinks[3];
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}});
  for (CallId call = 0; call < 3; ++call) {
    world.Step(world.Arrival(call, sinks[call], Texts({4})));
    const auto batches = bad->TakeBatches();
    ASSERT_EQ(batches.size(), 1u) << call;
    world.Step(AttachmentMessage{.id = 1, .message = FailureOf(batches[0], call + 2)});
    // What failed rides alone at the other one.
    world.Step(AttachmentMessage{.id = 2, .message = Grant{{call + 1}}});
    for (const Batch& batch : good->TakeBatches()) {
      world.Step(AttachmentMessage{.id = 2, .message = ResultOf(batch)});
    }
  }
  EXPECT_TRUE(bad->closed);
  EXPECT_THAT(bad->refusal(), HasSubstr("failing"));
  EXPECT_EQ(StateOf(world, "bad"), "ejected");
  const auto soon = world.Attach(3, GoodHello("bad", 2));
  EXPECT_TRUE(soon->closed);
  EXPECT_THAT(soon->refusal(), HasSubstr("sent away"));
  EXPECT_EQ(StateOf(world, "bad"), "ejected");
  Pass(world, 1'100ms, 2);
  const auto later = world.Attach(4, GoodHello("bad", 2));
  EXPECT_FALSE(later->closed);
  EXPECT_EQ(StateOf(world, "bad"), "ready");
}

TEST(CoreWorkers, AnIdleWorkerThatLooksSlowGetsATextThatNobodyWaitsFor) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sinks[6];
  std::uint64_t granted = 1;
  const auto answer = [&](const Batch& batch) {
    BatchResult result = ResultOf(batch);
    result.grant = {{++granted}};
    if (batch.items.size() == 1) {  // a text alone
      result.vectors.resize(kCoreDim * sizeof(float));
      result.statuses.resize(1);
    }
    world.Step(AttachmentMessage{.id = 1, .message = result});
  };
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}});
  for (CallId call = 0; call < 5; ++call) {
    world.Step(world.Arrival(call, sinks[call], Texts({4})));
    answer(attachment->TakeBatches().at(0));
  }
  Pass(world, 200ms, 1);
  const std::vector<Batch> probes = attachment->TakeBatches();
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].items.size(), 1u);
  EXPECT_EQ(probes[0].token_ids.size(), probes[0].items[0].length);
  answer(probes[0]);
  world.Step(world.Arrival(5, sinks[5], Texts({4})));
  answer(attachment->TakeBatches().at(0));
  EXPECT_TRUE(sinks[5].answer.has_value());
  EXPECT_FALSE(attachment->closed);
}

TEST(CoreWorkers, IsKnownWhereItCameFrom) {
  World world;
  world.Attach(1, GoodHello("w0"));
  EXPECT_EQ(world.core.Info().workers.at(0).peer, "ipv4:10.0.0.7:5");
}

TEST(CoreWorkers, AHeartbeatKeepsAWorkerAndSilenceEndsIt) {
  World world;
  const auto silent = world.Attach(1, GoodHello("silent"));
  const auto alive = world.Attach(2, GoodHello("alive"));
  Pass(world, 2s, 2);
  EXPECT_TRUE(silent->closed);
  EXPECT_FALSE(alive->closed);
  EXPECT_EQ(StateOf(world, "silent"), "lost");
  EXPECT_EQ(StateOf(world, "alive"), "ready");
}

TEST(CoreWorkers, ADrainedWorkerGetsNothingUntilItIsResumed) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  EXPECT_TRUE(Ask(world, "w0", true).ok());
  EXPECT_EQ(StateOf(world, "w0"), "drained");
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  EXPECT_TRUE(attachment->TakeBatches().empty());
  EXPECT_FALSE(attachment->closed);
  EXPECT_TRUE(Ask(world, "w0", false).ok());
  EXPECT_EQ(StateOf(world, "w0"), "ready");
  EXPECT_EQ(attachment->TakeBatches().size(), 1u);
}

TEST(CoreWorkers, ADrainedWorkerThatRestartsComesBackDrained) {
  World world;
  world.Attach(1, GoodHello("w0", 1));
  EXPECT_TRUE(Ask(world, "w0", true).ok());
  world.Step(AttachmentClosed{.id = 1});
  EXPECT_EQ(StateOf(world, "w0"), "lost");
  world.Attach(2, GoodHello("w0", 2));
  EXPECT_EQ(StateOf(world, "w0"), "drained");
  world.Step(AttachmentClosed{.id = 2});
  EXPECT_TRUE(Ask(world, "w0", false).ok());
  world.Attach(3, GoodHello("w0", 3));
  EXPECT_EQ(StateOf(world, "w0"), "ready");
}

TEST(CoreWorkers, AWorkerThatNobodyKnowsIsNotFoundAndTheOthersAreNamed) {
  World world;
  EXPECT_THAT(Ask(world, "w", true).message(), HasSubstr("known are: none"));
  world.Attach(1, GoodHello("w0"));
  world.Attach(2, GoodHello("w1"));
  const Status status = Ask(world, "w", true);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("known are: w0, w1"));
}

TEST(CoreWorkers, WhoGoesWithoutAGoodbyeIsAFaultWithItsCause) {
  std::vector<std::string> changes;
  CoreOptions options = TestOptions();
  options.worker_changed = [&](const WorkerInfo& worker, const Status& fault) {
    changes.push_back(worker.id + " " + std::string(Name(worker.state)) + " " + fault.message());
  };
  World world(std::move(options));
  world.Attach(1, GoodHello("w0"));
  world.Attach(2, GoodHello("w1"));
  world.Step(AttachmentClosed{.id = 1, .why = UnavailableError("recv: Connection reset")});
  world.Step(AttachmentMessage{.id = 2, .message = Goodbye()}, AttachmentClosed{.id = 2});
  EXPECT_THAT(changes, testing::ElementsAre(
                           "w0 ready ", "w1 ready ",
                           "w0 lost its link ended without a goodbye: recv: Connection reset",
                           "w1 draining ", "w1 drained "));
}

TEST(CoreWorkers, WhoGetsWhatIsLateElsewhereIsTold) {
  std::vector<std::string> told;
  CoreOptions options = TestOptions();
  options.second_attempt = [&](const WorkerInfo& worker) { told.push_back(worker.id); };
  World world(std::move(options));
  world.Attach(1, GoodHello("late"));
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}});
  FakeSink sink;
  world.Step(world.Arrival(1, sink, Texts({4})));
  world.Attach(2, GoodHello("idle"));
  world.Step(AttachmentMessage{.id = 2, .message = Grant{{1}}});
  EXPECT_THAT(told, testing::IsEmpty());
  Pass(world, 50ms, 2);
  EXPECT_THAT(told, testing::ElementsAre("idle"));
}

TEST(CoreWorkers, AStreamMayBeginAndEndInOneStep) {
  World world;
  const auto attachment = std::make_shared<FakeAttachment>();
  world.Step(
      AttachmentOpened{.id = 1, .attachment = attachment},
      AttachmentMessage{.id = 1, .message = GoodHello("a worker id of more than a few letters")},
      AttachmentClosed{.id = 1});
  EXPECT_EQ(StateOf(world, "a worker id of more than a few letters"), "lost");
}

TEST(CoreWorkers, TheFirstOfTwoResultsOfABatchCounts) {
  World world;
  const auto attachment = world.Attach(1, GoodHello());
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  const BatchResult first = ResultOf(attachment->TakeBatches().at(0));
  BatchResult second = first;
  second.vectors.assign(second.vectors.size(), '\0');
  world.Step(AttachmentMessage{.id = 1, .message = first},
             AttachmentMessage{.id = 1, .message = second});
  EXPECT_EQ(std::get<EmbedReply>(*sink.answer).vectors, first.vectors);
}

TEST(CoreWorkers, AResultOfABatchThatAnotherHasDoesNotCount) {
  World world;
  const auto owner = world.Attach(1, GoodHello("owner"));
  const auto liar = world.Attach(2, GoodHello("liar"));
  FakeSink sink;
  world.Step(AttachmentMessage{.id = 1, .message = Grant{{1}}}, world.Arrival(7, sink, Texts({4})));
  const BatchResult right = ResultOf(owner->TakeBatches().at(0));
  BatchResult wrong = right;
  wrong.vectors.assign(wrong.vectors.size(), '\0');
  world.Step(AttachmentMessage{.id = 2, .message = wrong},
             AttachmentMessage{.id = 1, .message = right});
  EXPECT_EQ(std::get<EmbedReply>(*sink.answer).vectors, right.vectors);
  EXPECT_FALSE(owner->closed);
}

}  // namespace
}  // namespace shoal
