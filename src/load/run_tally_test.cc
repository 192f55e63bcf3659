#include "load/run_tally.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TimeTally, IsAtMostOnePercentBelowTheTruth) {
  TimeTally tally;
  Rng rng(3);
  std::vector<microseconds> times;
  for (int i = 0; i < 10'000; ++i) {
    times.emplace_back(rng.Below(1'000) * rng.Below(1'000) + 1);
    tally.Add(times.back());
  }
  const Percentiles found = tally.Read(), exact = PercentilesOf(times);
  for (const auto at : {&Percentiles::p50, &Percentiles::p90, &Percentiles::p95, &Percentiles::p99,
                        &Percentiles::p999}) {
    EXPECT_LE(found.*at, exact.*at * 1.000001);
    EXPECT_GE(found.*at * 1.01, exact.*at);
  }
  EXPECT_EQ(found.max, exact.max);
}

TEST(TimeTally, TakesTheShortestAndTheLongest) {
  TimeTally tally;
  EXPECT_EQ(tally.Read().max, 0);
  tally.Add(microseconds(0));
  EXPECT_DOUBLE_EQ(tally.Read().p50, 1e-6);
  tally.Add(std::chrono::hours(100'000));
  EXPECT_GT(tally.Read().p99, 1e5);
}

TEST(RunTally, CountsAsTheReportDoes) {
  const auto sample = [](StatusCode code, milliseconds answered) {
    return LoadSample{.answered = answered, .code = code, .tokens = 10, .texts = 2};
  };
  std::vector<LoadSample> samples = {sample(StatusCode::kOk, milliseconds(90)),
                                     sample(StatusCode::kOk, milliseconds(110)),
                                     sample(StatusCode::kResourceExhausted, milliseconds(1)),
                                     sample(StatusCode::kInternal, milliseconds(2)),
                                     sample(StatusCode::kUnavailable, milliseconds(4)),
                                     sample(StatusCode::kCancelled, milliseconds(4)),
                                     sample(StatusCode::kOk, milliseconds(3))};
  samples.back().wrong = true;
  samples[samples.size() - 2].cancelled = true;
  samples.front().sent = milliseconds(11);
  RunTally tally(milliseconds(100));
  for (const LoadSample& each : samples) tally.Add(each);
  const LoadFigures found = tally.Read(seconds(1));
  const LoadFigures whole = FiguresOf(
      Summarise(samples, {.duration = seconds(1), .deadline = milliseconds(100), .offered = 7}));
  for (const Figure& figure : kFigures) {
    EXPECT_NEAR(figure.of(found), figure.of(whole), figure.of(whole) * 0.01) << figure.name;
  }
  EXPECT_EQ(found.offered, whole.offered);
}

}  // namespace
}  // namespace shoal
