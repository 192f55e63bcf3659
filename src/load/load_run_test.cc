// Runs against two servers: one answers at once, from within the call, the other from a thread;
// and against scripted ones under a clock that goes on a step each time that it is asked.
#include "load/load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
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
          .texts_per_request = 2,
          .text_tokens = 7,
          .seed = 11};
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
  const LoadReport report =
      rig.Run({.concurrency = 3, .duration = std::chrono::milliseconds(20), .text_tokens = 7});
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

// Time goes on by being looked at, and by whoever lets it.
class StepClock final : public Clock {
 public:
  explicit StepClock(std::chrono::microseconds step) : step_(step) {}
  std::chrono::steady_clock::time_point Now() const override { return now_ += step_; }
  void Advance(std::chrono::microseconds by) { now_ += by; }

 private:
  const std::chrono::microseconds step_;
  mutable std::chrono::steady_clock::time_point now_{std::chrono::seconds(1)};
};

EmbedAnswer AnswerTo(std::size_t texts) {
  EmbedAnswer answer;
  answer.reply.dim = kDim;
  answer.reply.vectors.assign(texts * kDim * sizeof(float), '\0');
  answer.reply.token_counts.assign(texts, 7);
  return answer;
}

// Does as its script says, on the caller's thread.
class ScriptedServer final : public EmbedClient {
 public:
  struct Call {
    std::vector<std::string> texts;
    EmbedOptions options;
    Callback done;
  };
  using Script = std::function<void(Call)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {}
  Result<EmbedAnswer> Embed(const std::vector<std::string>&, const EmbedOptions&) override {
    return InternalError("a run only calls EmbedAsync");
  }
  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                  Callback done) override {
    script_({.texts = texts, .options = options, .done = std::move(done)});
  }
  void Cancel(CallKey key) override { cancelled(key); }
  Result<ServiceInfo> Info(std::chrono::milliseconds) override { return ServiceInfo{}; }

  std::function<void(CallKey)> cancelled = [](CallKey) {};

 private:
  const Script script_;
};

LoadReport RunScripted(const LoadPlan& plan, const Clock& clock, ScriptedServer::Script script) {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::make_unique<ScriptedServer>(std::move(script)));
  return RunLoad(plan, clients, kDim, clock, {});
}

LoadPlan TenSecondsAtTwenty() {
  return {.rate = 20,
          .arrival = ConstantArrivals{},
          .duration = std::chrono::seconds(10),
          .text_tokens = 7};
}

// Nobody is left out for coming while the server stood: measured from the sending by a caller that
// waits, one of the requests would be slow.
TEST(LoadRun, OfAServerThatStandsForTwoSecondsSaysSoInItsPercentiles) {
  StepClock clock{std::chrono::milliseconds(1)};
  const auto begin = clock.Now();
  std::vector<ScriptedServer::Call> waiting;
  const LoadReport report =
      RunScripted(TenSecondsAtTwenty(), clock, [&](ScriptedServer::Call call) {
        const auto since = clock.Now() - begin;
        waiting.push_back(std::move(call));
        if (since > std::chrono::seconds(4) && since < std::chrono::seconds(6)) return;
        for (const auto& call_of : waiting) call_of.done(AnswerTo(call_of.texts.size()));
        waiting.clear();
      });
  EXPECT_EQ(report.sent, 200u);
  EXPECT_TRUE(report.valid);
  EXPECT_NEAR(report.latency.max, 2, 0.06);
  EXPECT_NEAR(report.latency.p99, 1.9, 0.06);
  EXPECT_NEAR(report.latency.p90, 1.0, 0.06);
  EXPECT_LT(report.latency.p50, 0.02);
}

// A caller that is held up sends late: latency has it, the time from the sending has not, and the
// report is not to be trusted.
TEST(LoadRun, ThatIsHeldUpItselfSaysSo) {
  StepClock clock{std::chrono::milliseconds(1)};
  int calls = 0;
  const LoadReport report =
      RunScripted(TenSecondsAtTwenty(), clock, [&](ScriptedServer::Call call) {
        if (++calls == 80) clock.Advance(std::chrono::seconds(2));
        call.done(AnswerTo(call.texts.size()));
      });
  EXPECT_NEAR(report.latency.p99, 1.9, 0.06);
  EXPECT_LT(report.service.p90, 0.02);
  EXPECT_NEAR(static_cast<double>(report.late_starts), 39, 3);
  EXPECT_FALSE(report.valid);
}

TEST(LoadRun, LeavesTheWarmUpOutOfTheReport) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.warmup = std::chrono::seconds(2);
  int calls = 0;
  const LoadReport report = RunScripted(plan, clock, [&](ScriptedServer::Call call) {
    if (++calls <= 40) return call.done(InternalError("cold"));
    call.done(AnswerTo(call.texts.size()));
  });
  EXPECT_EQ(calls, 240);
  EXPECT_EQ(report.offered, 200u);
  EXPECT_EQ(report.good, 200u);
}

TEST(LoadRun, TellsNothingOfTheWarmUp) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.warmup = std::chrono::seconds(2);
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::make_unique<ScriptedServer>(
      [](const ScriptedServer::Call& call) { call.done(AnswerTo(call.texts.size())); }));
  std::uint64_t before = 0, last = 0;
  const auto tick = [&](const LoadProgress& progress) {
    if (progress.elapsed.count() < 0) before += progress.sent + progress.answers.size();
    last = progress.answered;
    EXPECT_EQ(progress.sent, progress.answered);
  };
  RunLoad(plan, clients, kDim, clock, {.tick = tick});
  EXPECT_EQ(before, 0u);
  EXPECT_NEAR(static_cast<double>(last), 195, 5);
}

TEST(LoadRun, LeavesTheWarmUpOfAClosedLoopOutToo) {
  StepClock clock{std::chrono::microseconds(50)};
  std::uint64_t calls = 0;
  const LoadReport report = RunScripted(
      {.concurrency = 1, .duration = std::chrono::seconds(1), .warmup = std::chrono::seconds(1)},
      clock, [&](ScriptedServer::Call call) {
        ++calls;
        clock.Advance(std::chrono::milliseconds(10));
        call.done(AnswerTo(call.texts.size()));
      });
  EXPECT_NEAR(static_cast<double>(report.sent) / static_cast<double>(calls), 0.5, 0.02);
}

TEST(LoadRun, OfAPartSendsItsShareOfTheSchedule) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.part = {.index = 2, .count = 3};
  const LoadReport report = RunScripted(plan, clock, [](const ScriptedServer::Call& call) {
    call.done(AnswerTo(call.texts.size()));
  });
  EXPECT_EQ(report.offered, 66u);
}

TEST(LoadRun, TriesAgainWhenARefusalSaysSoAndCallsItOneRequest) {
  StepClock clock{std::chrono::microseconds(50)};
  int calls = 0;
  std::vector<std::chrono::milliseconds> timeouts;
  const LoadReport report = RunScripted({.concurrency = 1,
                                         .duration = std::chrono::seconds(1),
                                         .deadline = std::chrono::milliseconds(100),
                                         .retries_refusals = true},
                                        clock, [&](ScriptedServer::Call call) {
                                          timeouts.push_back(*call.options.timeout);
                                          clock.Advance(std::chrono::milliseconds(10));
                                          if (++calls % 3 != 0) {
                                            call.options.retry_after(std::chrono::milliseconds(20));
                                            return call.done(ResourceExhaustedError("no"));
                                          }
                                          call.done(AnswerTo(call.texts.size()));
                                        });
  // Each is sent at 0, 30 and 60 ms and answered at 70.
  EXPECT_NEAR(static_cast<double>(report.ok), 14, 1);
  EXPECT_NEAR(report.latency.p50, 0.07, 0.002);
  EXPECT_GE(report.retries, 2 * report.ok);
  EXPECT_EQ(report.attempts, static_cast<std::uint64_t>(calls));
  EXPECT_EQ(timeouts[0], std::chrono::milliseconds(100));
  EXPECT_NEAR(static_cast<double>(timeouts[1].count()), 70, 1);
}

TEST(LoadRun, TriesNotAgainWhatCouldNotBeInTimeOrHasNoHint) {
  StepClock clock{std::chrono::microseconds(50)};
  const LoadReport report =
      RunScripted({.concurrency = 1,
                   .duration = std::chrono::seconds(1),
                   .deadline = std::chrono::milliseconds(100),
                   .retries_refusals = true},
                  clock, [&, calls = 0](const ScriptedServer::Call& call) mutable {
                    clock.Advance(std::chrono::milliseconds(10));
                    if (++calls % 2 == 0) call.options.retry_after(std::chrono::milliseconds(95));
                    call.done(ResourceExhaustedError("no"));
                  });
  EXPECT_EQ(report.retries, 0u);
  EXPECT_EQ(report.verdicts.at("resource_exhausted"), report.sent);
  EXPECT_GT(report.sent, 90u);
}

TEST(LoadRun, GivesUpTheShareThatIsAskedForWithinTheDeadline) {
  StepClock clock{std::chrono::milliseconds(1)};
  std::map<CallKey, std::pair<ScriptedServer::Call, std::chrono::steady_clock::time_point>> open;
  std::vector<double> lives;
  LoadPlan plan = TenSecondsAtTwenty();
  plan.deadline = std::chrono::milliseconds(100);
  plan.cancel_ratio = 0.25;
  auto server = std::make_unique<ScriptedServer>([&](ScriptedServer::Call call) {
    if (call.options.key == 0) return call.done(AnswerTo(call.texts.size()));
    const CallKey key = call.options.key;
    open.emplace(key, std::pair(std::move(call), clock.Now()));
  });
  server->cancelled = [&](CallKey key) {
    const auto [call, sent] = std::move(open.extract(key).mapped());
    lives.push_back(std::chrono::duration<double>(clock.Now() - sent).count());
    call.done(CancelledError("given up"));
  };
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::move(server));
  const LoadReport report = RunLoad(plan, clients, kDim, clock, {});
  EXPECT_NEAR(static_cast<double>(report.cancelled), 50, 20);
  EXPECT_EQ(report.verdicts.at("cancelled"), report.cancelled);
  EXPECT_EQ(report.ok + report.cancelled, 200u);
  EXPECT_LT(*std::max_element(lives.begin(), lives.end()), 0.12);
  double sum = 0;
  for (const double life : lives) sum += life;
  EXPECT_NEAR(sum / static_cast<double>(lives.size()), 0.05, 0.02);
}

TEST(LoadRun, ComparesKnownVectorsAndNamesTheFirstWrongOne) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.validate_ratio = 0.2;
  plan.known = std::make_shared<const std::vector<KnownVector>>(
      std::vector<KnownVector>{{.text = "right", .vector = {1, 0, 0, 0}, .line = 1},
                               {.text = "wrong", .vector = {0, 1, 0, 0}, .line = 2}});
  std::uint64_t known = 0, wrong = 0;
  const LoadReport report = RunScripted(plan, clock, [&](const ScriptedServer::Call& call) {
    known += call.texts[0] == "right" || call.texts[0] == "wrong";
    wrong += call.texts[0] == "wrong";
    EmbedAnswer answer = AnswerTo(1);
    const float one = 1;
    answer.reply.vectors.replace(0, sizeof(float), reinterpret_cast<const char*>(&one), 4);
    call.done(answer);
  });
  EXPECT_NEAR(static_cast<double>(known), 40, 20);
  EXPECT_EQ(report.validated, known);
  EXPECT_EQ(report.wrong_vectors, wrong);
  EXPECT_EQ(report.good, report.ok - wrong);
  EXPECT_EQ(report.wrong_example, "line 2: cosine 0.0000, at least 0.999 is right");
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
