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
  const HealthAnswer answer = AnswerHealth("HEAD", "/healthz/ready?x=1", Sources(false));
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

}  // namespace
}  // namespace shoal
