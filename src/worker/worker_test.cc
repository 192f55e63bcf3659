#include "worker/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "engine/random_model.h"

namespace shoal {
namespace {

using std::chrono::steady_clock;

constexpr auto kSoon = std::chrono::seconds(20);
constexpr int kDim = 64;

// The coordinator's end of links, in memory: what the worker says waits here to be taken.
class FakeCoordinator {
 public:
  Worker::Dialer Dialer() {
    return [this](const std::string&, WorkerLinkEvents events) {
      MutexLock lock(mutex_);
      events_ = std::move(events);
      ++dials_;
      changed_.NotifyAll();
      return Result<std::unique_ptr<WorkerLink>>(std::make_unique<Link>(*this));
    };
  }
  void Say(CoordinatorMessage message) { Events().message(std::move(message)); }
  void Break() { Events().closed("broken by the test"); }

  // The next message of this type; others before it are dropped.
  template <typename T>
  T Take() {
    const auto until = SystemClock().Now() + kSoon;
    MutexLock lock(mutex_);
    while (true) {
      while (!said_.empty()) {
        WorkerMessage message = std::move(said_.front());
        said_.pop_front();
        if (auto* match = std::get_if<T>(&message)) return std::move(*match);
      }
      if (!changed_.WaitUntil(mutex_, until)) {
        ADD_FAILURE() << "the worker did not say it";
        return {};
      }
    }
  }
  int dials() {
    MutexLock lock(mutex_);
    return dials_;
  }

 private:
  class Link final : public WorkerLink {
   public:
    explicit Link(FakeCoordinator& coordinator) : coordinator_(coordinator) {}
    void Send(WorkerMessage message) override {
      MutexLock lock(coordinator_.mutex_);
      coordinator_.said_.push_back(std::move(message));
      coordinator_.changed_.NotifyAll();
    }
    void Close() override { coordinator_.Events().closed("closed by the worker"); }

   private:
    FakeCoordinator& coordinator_;
  };
  WorkerLinkEvents Events() {
    MutexLock lock(mutex_);
    return events_;
  }

  Mutex mutex_;
  CondVar changed_;
  WorkerLinkEvents events_ GUARDED_BY(mutex_);
  std::deque<WorkerMessage> said_ GUARDED_BY(mutex_);
  int dials_ GUARDED_BY(mutex_) = 0;
};

BertConfig Tiny() {
  return {.vocabulary_size = 200,
          .hidden_size = kDim,
          .layers = 2,
          .heads = 2,
          .intermediate_size = 128,
          .max_positions = 32,
          .token_types = 2};
}

class WorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = SocketLoop::Start(SystemClock()).value();
    weights_ = Weights::FromSource(model_.folder, {}, model_.Source()).value();
    auto worker =
        Worker::Start({.version = "1",
                       .worker_id = "w0",
                       .coordinators = {"nowhere:1"},
                       .metrics_listen = "127.0.0.1:0"},
                      model_.folder, weights_, coordinator_.Dialer(), *loop_, SystemClock());
    ASSERT_TRUE(worker.ok()) << worker.status().ToString();
    worker_ = *std::move(worker);
  }
  void Welcome() {
    hello_ = coordinator_.Take<Hello>();
    coordinator_.Say(
        shoal::Welcome{.coordinator_id = "c", .attachment_id = 1, .round_trip_us = 500});
  }
  std::string VectorOf(const std::vector<std::int32_t>& ids) {
    Lane lane(weights_, 128);
    const std::uint32_t lengths[] = {static_cast<std::uint32_t>(ids.size())};
    std::vector<float> vector(kDim);
    lane.Encode(lengths, ids, vector);
    return {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)};
  }

  FakeCoordinator coordinator_;
  RandomModel model_{Tiny()};
  std::unique_ptr<SocketLoop> loop_;
  std::shared_ptr<const Weights> weights_;
  Hello hello_;
  std::unique_ptr<Worker> worker_;
};

// Says a moment in the past until it is set right.
class LateClock final : public Clock {
 public:
  explicit LateClock(std::chrono::seconds behind) : behind_(behind) {}
  steady_clock::time_point Now() const override { return SystemClock().Now() - behind_.load(); }
  void SetRight() { behind_ = std::chrono::seconds(0); }

 private:
  std::atomic<std::chrono::seconds> behind_;
};

Batch TwoItems(std::int64_t first_remaining_us) {
  return {.id = 1,
          .lane = 0,
          .items = {{.id = 10, .remaining_us = first_remaining_us, .length = 2},
                    {.id = 11, .remaining_us = 60'000'000, .length = 3}},
          .token_ids = {1, 2, 3, 4, 5}};
}

TEST_F(WorkerTest, IntroducesItselfAndGrantsOneBatch) {
  Welcome();
  EXPECT_EQ(hello_.worker_id, "w0");
  EXPECT_EQ(hello_.dim, 64u);
  EXPECT_GT(hello_.per_token_us, 0);
  EXPECT_NE(hello_.metrics_address, "");
  EXPECT_EQ(coordinator_.Take<Grant>().granted, (std::vector<std::uint64_t>{1}));
}

TEST_F(WorkerTest, AnswersABatchWithTheVectorsOfTheEncoder) {
  Welcome();
  coordinator_.Take<Grant>();
  coordinator_.Say(TwoItems(60'000'000));
  const BatchResult result = coordinator_.Take<BatchResult>();
  EXPECT_EQ(result.statuses, (std::vector<ItemStatus>{ItemStatus::kDone, ItemStatus::kDone}));
  EXPECT_EQ(result.vectors, VectorOf({1, 2}) + VectorOf({3, 4, 5}));
  EXPECT_EQ(result.grant.granted.size(), 1u);
  EXPECT_GE(result.grant.granted[0], 2u);
}

TEST_F(WorkerTest, DoesNotRunWhatIsTooLate) {
  Welcome();
  coordinator_.Take<Grant>();
  coordinator_.Say(TwoItems(0));
  const BatchResult result = coordinator_.Take<BatchResult>();
  EXPECT_EQ(result.statuses, (std::vector<ItemStatus>{ItemStatus::kNotRun, ItemStatus::kDone}));
  EXPECT_EQ(result.vectors, VectorOf({3, 4, 5}));
}

TEST_F(WorkerTest, ABadBatchEndsTheLinkAndNotTheWorker) {
  Welcome();
  coordinator_.Take<Grant>();
  Batch bad = TwoItems(60'000'000);
  bad.token_ids[0] = 200;  // one past the vocabulary
  coordinator_.Say(bad);
  Welcome();  // it dials again
  coordinator_.Take<Grant>();
  coordinator_.Say(TwoItems(60'000'000));
  EXPECT_EQ(coordinator_.Take<BatchResult>().statuses.size(), 2u);
}

TEST_F(WorkerTest, DialsAgainWhenTheLinkBreaks) {
  Welcome();
  coordinator_.Take<Grant>();
  const std::uint64_t incarnation = hello_.incarnation;
  coordinator_.Break();
  Welcome();
  EXPECT_EQ(hello_.incarnation, incarnation);
  EXPECT_EQ(coordinator_.Take<Grant>().granted, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(coordinator_.dials(), 2);
}

TEST_F(WorkerTest, AHeartbeatTellsWhatItHasDone) {
  Welcome();
  coordinator_.Take<Grant>();
  coordinator_.Say(TwoItems(60'000'000));
  coordinator_.Take<BatchResult>();
  const WorkerStats stats = coordinator_.Take<WorkerStats>();
  EXPECT_EQ(stats.batches_executed, 1u);
  EXPECT_EQ(stats.items_executed, 2u);
  EXPECT_EQ(stats.errors, 0u);
  EXPECT_GT(stats.forward_p99_us, 0u);
  EXPECT_GT(stats.cpu_us, 0u);
  EXPECT_GT(stats.resident_bytes, 0u);
}

TEST_F(WorkerTest, ACoordinatorThatIsNotHeardForElevenSecondsIsDialledAgain) {
  FakeCoordinator coordinator;
  LateClock clock(std::chrono::seconds(12));
  const auto loop = SocketLoop::Start(clock).value();
  const auto worker =
      Worker::Start({.version = "1", .worker_id = "w1", .coordinators = {"nowhere:1"}},
                    model_.folder, weights_, coordinator.Dialer(), *loop, clock);
  ASSERT_TRUE(worker.ok());
  coordinator.Take<Hello>();
  coordinator.Say(shoal::Welcome{.coordinator_id = "c", .attachment_id = 1, .round_trip_us = 500});
  coordinator.Take<Grant>();
  clock.SetRight();
  coordinator.Take<Hello>();
  EXPECT_EQ(coordinator.dials(), 2);
}

TEST_F(WorkerTest, AWorkerThatIsToldToStayAwayDialsNoSooner) {
  coordinator_.Take<Hello>();
  const auto refused = SystemClock().Now();
  coordinator_.Say(Refuse{.why = "for the test", .stay_away_ms = 700});
  coordinator_.Break();
  coordinator_.Take<Hello>();
  EXPECT_GE(SystemClock().Now() - refused, std::chrono::milliseconds(700));
}

TEST_F(WorkerTest, ADrainSaysSoAndEnds) {
  Welcome();
  coordinator_.Take<Grant>();
  worker_->Drain();
  coordinator_.Take<Goodbye>();
  coordinator_.Say(Goodbye{});
  EXPECT_TRUE(worker_->WaitUntilDrained(SystemClock().Now() + kSoon));
}

}  // namespace
}  // namespace shoal
