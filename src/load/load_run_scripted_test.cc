// Runs against servers that follow a script, under a clock that goes on a step each time that it is
// asked: what stands still, comes again, or is given up.
#include "load/load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace shoal {
namespace {

constexpr int kDim = 4;

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
          .requests = {.text_tokens = 7}};
}

// Nobody is left out for coming while the server stood: measured from the sending by a caller that
// waits, one of the requests would be slow.
TEST(ScriptedLoadRun, OfAServerThatStandsForTwoSecondsSaysSoInItsPercentiles) {
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
TEST(ScriptedLoadRun, ThatIsHeldUpItselfSaysSo) {
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

TEST(ScriptedLoadRun, LeavesTheWarmUpOutOfTheReport) {
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

TEST(ScriptedLoadRun, TellsNothingOfTheWarmUp) {
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

TEST(ScriptedLoadRun, LeavesTheWarmUpOfAClosedLoopOutToo) {
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

TEST(ScriptedLoadRun, OfAPartSendsItsShareOfTheSchedule) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.part = {.index = 2, .count = 3};
  const LoadReport report = RunScripted(plan, clock, [](const ScriptedServer::Call& call) {
    call.done(AnswerTo(call.texts.size()));
  });
  EXPECT_EQ(report.offered, 66u);
}

TEST(ScriptedLoadRun, TriesAgainWhenARefusalSaysSoAndCallsItOneRequest) {
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

TEST(ScriptedLoadRun, TriesNotAgainWhatCouldNotBeInTimeOrHasNoHint) {
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

TEST(ScriptedLoadRun, GivesUpTheShareThatIsAskedForWithinTheDeadline) {
  StepClock clock{std::chrono::milliseconds(1)};
  std::map<CallKey, std::pair<ScriptedServer::Call, std::chrono::steady_clock::time_point>> open;
  std::vector<double> lives;
  LoadPlan plan = TenSecondsAtTwenty();
  plan.deadline = std::chrono::milliseconds(100);
  plan.requests.cancel_ratio = 0.25;
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

TEST(ScriptedLoadRun, ComparesKnownVectorsAndNamesTheFirstWrongOne) {
  StepClock clock{std::chrono::milliseconds(1)};
  LoadPlan plan = TenSecondsAtTwenty();
  plan.requests.validate_ratio = 0.2;
  plan.requests.known = std::make_shared<const std::vector<KnownVector>>(
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

}  // namespace
}  // namespace shoal
