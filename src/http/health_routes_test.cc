#include "http/health_routes.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

HealthSources Sources(bool ready) {
  return {.report = [ready] { return HealthReport{.ready = ready, .json = "{\"state\":\"x\"}"}; },
          .metrics = [] { return std::string("shoal_x 1\n"); }};
}

TEST(HealthRoutes, LiveIsTrueEvenWhenNotReady) {
  EXPECT_EQ(AnswerHealth("GET", "/healthz/live", Sources(false)).status, 200);
}

TEST(HealthRoutes, ReadyFollowsTheReport) {
  EXPECT_EQ(AnswerHealth("GET", "/healthz/ready", Sources(true)).status, 200);
  const HttpAnswer answer = AnswerHealth("HEAD", "/healthz/ready", Sources(false));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "{\"state\":\"x\"}\n");
}

TEST(HealthRoutes, MetricsAreText) {
  EXPECT_EQ(AnswerHealth("GET", "/metrics", Sources(true)).body, "shoal_x 1\n");
}

TEST(HealthRoutes, OtherRoutesAndMethodsAreRefused) {
  EXPECT_EQ(AnswerHealth("GET", "/", Sources(true)).status, 404);
  EXPECT_EQ(AnswerHealth("POST", "/metrics", Sources(true)).status, 405);
}

// Keeps what it is answered.
struct FakeReply final : HttpReply {
  void Answer(HttpAnswer answer) override { answers.push_back(std::move(answer)); }
  void Begin(HttpAnswer) override {}
  void Send(std::string_view) override {}
  void Finish() override {}
  void Cut() override {}
  std::size_t unsent_bytes() const override { return 0; }
  void Keeps(std::size_t /*bytes*/) override {}
  std::vector<HttpAnswer> answers;
};

TEST(HealthRoutes, TheHandlerAnswersAtOnceAndIsNeverCached) {
  FakeReply reply;
  EXPECT_EQ(HealthHandler(Sources(true))({.method = "GET", .path = "/metrics"}, reply), nullptr);
  ASSERT_EQ(reply.answers.size(), 1u);
  EXPECT_EQ(reply.answers[0].body, "shoal_x 1\n");
  EXPECT_EQ(reply.answers[0].headers.at(1).value, "no-store");
}

}  // namespace
}  // namespace shoal
