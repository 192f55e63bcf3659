// Runs against two servers: one answers at once, from within the call, the other from a thread.
#include "load/load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/bounded_queue.h"

namespace shoal {
namespace {

constexpr int kDim = 4;

class InstantServer final : public EmbedClient {
 public:
  Result<EmbedAnswer> Embed(const std::vector<std::string>&, const EmbedOptions&) override {
    return InternalError("a run only calls EmbedAsync");
  }
  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                  Callback done) override {
    ++calls;
    priorities.insert(options.priority);
    names.insert(options.client);
    deadlines.insert(options.timeout.value_or(std::chrono::milliseconds(0)));
    seen.insert(seen.end(), texts.begin(), texts.end());
    if (calls % 10 == refuse_each_tenth) return done(ResourceExhaustedError("no"));
    EmbedAnswer answer;
    answer.reply.dim = kDim;
    answer.reply.vectors.assign(texts.size() * vector_bytes, '\0');
    answer.reply.token_counts.assign(texts.size(), 7);
    done(std::move(answer));
  }
  void Cancel(CallKey) override {}
  Result<ServiceInfo> Info(std::chrono::milliseconds) override { return ServiceInfo{}; }

  int calls = 0;
  int refuse_each_tenth = -1;
  std::size_t vector_bytes = kDim * sizeof(float);
  std::set<std::chrono::milliseconds> deadlines;
  std::set<std::string> priorities;
  std::set<std::string> names;
  std::vector<std::string> seen;
};

// Answers on a thread of its own, as a transport does, once it has been told to.
class ThreadServer final : public EmbedClient {
 public:
  ThreadServer() : thread_([this] { Answer(); }) {}
  ~ThreadServer() override {
    calls_.Close();
    thread_.join();
  }
  Result<EmbedAnswer> Embed(const std::vector<std::string>&, const EmbedOptions&) override {
    return InternalError("a run only calls EmbedAsync");
  }
  void EmbedAsync(const std::vector<std::string>&, const EmbedOptions&, Callback done) override {
    if (std::this_thread::get_id() != thread_.get_id()) ++sent_by_others;
    calls_.PushAlways(std::move(done));
  }
  void Cancel(CallKey) override {}
  Result<ServiceInfo> Info(std::chrono::milliseconds) override { return ServiceInfo{}; }
  void Open() {
    open_ = true;
    open_.notify_all();
  }

  std::atomic<std::uint64_t> sent_by_others = 0;

 private:
  void Answer() {
    open_.wait(false);
    std::vector<Callback> calls;
    while (calls_.TakeAll(calls, std::chrono::steady_clock::time_point::max())) {
      for (const Callback& done : calls) done(ResourceExhaustedError("no"));
    }
  }

  std::atomic<bool> open_ = false;
  BoundedQueue<Callback> calls_{0};
  std::thread thread_;
};

struct Rig {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  InstantServer* server;

  Rig() {
    clients.push_back(std::make_unique<InstantServer>());
    server = static_cast<InstantServer*>(clients[0].get());
  }
  LoadReport Run(const LoadPlan& plan) { return RunLoad(plan, clients, kDim, SystemClock(), {}); }
};

LoadPlan OpenPlan() {
  return {.rate = 5000,
          .duration = std::chrono::milliseconds(20),
          .deadline = std::chrono::milliseconds(500),
          .requests = {.texts_per_request = 2, .text_tokens = 7, .seed = 11}};
}

TEST(LoadRun, OfAnOpenLoopSendsItsWholeSchedule) {
  Rig rig;
  rig.server->refuse_each_tenth = 0;
  const LoadReport report = rig.Run(OpenPlan());
  EXPECT_EQ(report.sent, report.offered);
  EXPECT_NEAR(static_cast<double>(report.sent), 100, 50);
  EXPECT_EQ(report.ok + report.verdicts.at("resource_exhausted"), report.sent);
  EXPECT_EQ(report.verdicts.at("resource_exhausted"), report.sent / 10);
  EXPECT_EQ(report.wrong_vectors, 0u);
  EXPECT_THAT(rig.server->deadlines, testing::ElementsAre(std::chrono::milliseconds(500)));
}

TEST(LoadRun, GivesEachRequestTheClassAndTheClientOfThePlan) {
  Rig rig;
  LoadPlan plan = OpenPlan();
  plan.priority = "bulk";
  plan.client = "elephant";
  rig.Run(plan);
  EXPECT_THAT(rig.server->priorities, testing::ElementsAre("bulk"));
  EXPECT_THAT(rig.server->names, testing::ElementsAre("elephant"));
}

TEST(LoadRun, OfOneSeedSendsTheSameTexts) {
  Rig first, second;
  first.Run(OpenPlan());
  second.Run(OpenPlan());
  EXPECT_EQ(first.server->seen, second.server->seen);
  EXPECT_GT(std::set<std::string>(first.server->seen.begin(), first.server->seen.end()).size(),
            10u);
}

TEST(LoadRun, OfAClosedLoopGoesOnUntilItsDurationIsOver) {
  Rig rig;
  const LoadReport report = rig.Run({.concurrency = 3,
                                     .duration = std::chrono::milliseconds(20),
                                     .requests = {.text_tokens = 7}});
  EXPECT_GT(report.sent, 3u);
  EXPECT_EQ(report.ok, report.sent);
  EXPECT_EQ(report.late_starts, 0u);
  EXPECT_DOUBLE_EQ(report.tokens_per_second, 7 * report.texts_per_second);
}

TEST(LoadRun, OfAnOpenLoopSendsOnItsOwnThread) {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::make_unique<ThreadServer>());
  auto& server = static_cast<ThreadServer&>(*clients[0]);
  server.Open();
  const LoadReport report = RunLoad(OpenPlan(), clients, kDim, SystemClock(), {});
  EXPECT_EQ(report.verdicts.at("resource_exhausted"), report.offered);
  EXPECT_EQ(server.sent_by_others, report.offered);
}

TEST(LoadRun, OfAClosedLoopSendsOnTheThreadThatBroughtTheAnswerUntilItIsStopped) {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::make_unique<ThreadServer>());
  auto& server = static_cast<ThreadServer&>(*clients[0]);
  std::uint64_t answered = 0, told = 0;
  const auto tick = [&](const LoadProgress& progress) {
    answered = progress.answered;
    told += progress.answers.size();
    EXPECT_EQ(told, answered);
    EXPECT_GE(progress.sent, answered);
    server.Open();
  };
  const LoadReport report =
      RunLoad({.concurrency = 3, .duration = std::chrono::hours(1)}, clients, kDim, SystemClock(),
              {.tick = tick, .stop = [&answered] { return answered > 3; }});
  EXPECT_EQ(report.verdicts.at("resource_exhausted"), report.sent);
  EXPECT_EQ(server.sent_by_others, 3u);
}

TEST(LoadRun, ThatIsStoppedReportsWhatItSentInTheTimeThatItHad) {
  Rig rig;
  LoadPlan plan = OpenPlan();
  plan.rate = 100;
  plan.duration = std::chrono::hours(1);
  const LoadReport report =
      RunLoad(plan, rig.clients, kDim, SystemClock(), {.stop = [] { return true; }});
  EXPECT_EQ(report.offered, report.sent);
  EXPECT_EQ(report.good, report.sent);
  EXPECT_GT(report.goodput_per_second, 10);
}

TEST(LoadRun, CountsVectorsOfAnotherSizeAsWrong) {
  Rig rig;
  rig.server->vector_bytes = 12;
  const LoadReport report = rig.Run(OpenPlan());
  EXPECT_EQ(report.wrong_vectors, report.sent);
  EXPECT_EQ(report.good, 0u);
}

}  // namespace
}  // namespace shoal
