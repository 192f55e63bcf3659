#include "scheduler/refused_calls.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RefusedCalls, KnowsACallThatComesBackOnce) {
  RefusedCalls calls;
  EXPECT_FALSE(calls.Take(0s, 7));
  calls.Add(1s, 7);
  EXPECT_FALSE(calls.Take(2s, 8));
  EXPECT_TRUE(calls.Take(2s, 7));
  EXPECT_FALSE(calls.Take(2s, 7));
}

TEST(RefusedCalls, KnowsAsManyOfOneKeyAsWereRefused) {
  RefusedCalls calls;
  calls.Add(1s, 7);
  calls.Add(1s, 7);
  EXPECT_TRUE(calls.Take(2s, 7));
  EXPECT_TRUE(calls.Take(2s, 7));
  EXPECT_FALSE(calls.Take(2s, 7));
}

TEST(RefusedCalls, ForgetsAfterAMinute) {
  RefusedCalls calls;
  calls.Add(1s, 7);
  calls.Add(1s, 8);
  EXPECT_TRUE(calls.Take(61s, 7));
  EXPECT_FALSE(calls.Take(61s + 1us, 8));
}

TEST(RefusedCalls, TakesAnEndlessStreamOfTheSameForNewCalls) {
  RefusedCalls calls;
  int again = 0;
  for (int i = 0; i < 1000; ++i) {
    again += calls.Take(i * 10ms, 7) ? 1 : 0;
    calls.Add(i * 10ms, 7);
  }
  EXPECT_EQ(again, RefusedCalls::kMostRetries);
}

TEST(RefusedCalls, RemembersNoCallWithoutAKey) {
  RefusedCalls calls;
  calls.Add(1s, 0);
  EXPECT_FALSE(calls.Take(2s, 0));
}

TEST(RefusedCalls, OfMoreThanItHoldsKeepsTheLatest) {
  RefusedCalls calls;
  constexpr std::uint64_t kCalls = 4 * RefusedCalls::kEntries;
  for (std::uint64_t key = 1; key <= kCalls; ++key) calls.Add(std::chrono::microseconds(key), key);
  EXPECT_TRUE(calls.Take(1s, kCalls));
  std::size_t known = 0;
  for (std::uint64_t key = 1; key <= kCalls; ++key) known += calls.Take(1s, key) ? 1 : 0;
  EXPECT_LT(known, RefusedCalls::kEntries);
  EXPECT_GT(known, RefusedCalls::kEntries * 3 / 4);
}

}  // namespace
}  // namespace shoal
