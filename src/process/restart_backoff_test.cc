#include "process/restart_backoff.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RestartBackoff, GrowsWhileTheChildDiesBeforeItWasReady) {
  RestartBackoff backoff;
  for (const auto wait : {0ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    EXPECT_EQ(backoff.Died(), wait);
  }
}

TEST(RestartBackoff, AChildThatWasReadyStartsAgainAtOnce) {
  RestartBackoff backoff;
  backoff.Died();
  backoff.Died();
  backoff.Ready();
  EXPECT_EQ(backoff.Died(), 0ms);
  EXPECT_EQ(backoff.Died(), 100ms);
}

TEST(RestartBackoff, EveryDeathAfterReadyIsForgiven) {
  RestartBackoff backoff;
  for (int life = 0; life < 5; ++life) {
    backoff.Ready();
    EXPECT_EQ(backoff.Died(), 0ms);
  }
}

}  // namespace
}  // namespace shoal
